import { z } from 'zod';
import type { Answer } from '../../domain/delivery/outcome';
import {
  basicCredentials,
  bearerCredentials,
  clientCertificate,
  clientCredentials,
  httpSignatureKey,
  oneOf,
  type BasicCredentials,
  type BearerCredentials,
  type ClientCertificate,
  type ClientCredentials,
  type HttpSignatureKey,
} from '../credential-types';
import type { Destination, DestinationRequest } from '../destination';
import { concealing } from '../without-secrets';
import { basicAuthorization, clientCredentialsGrant } from './client-credentials-grant';
import type { HttpDestination, HttpDestinationOptions } from './http';
import { withMessageSignature } from './message-signature';
import { makeMutualTls } from './mutual-tls';
import { makeTokens, sendWithToken } from './oauth-tokens';

const overHttp = oneOf('basic, bearer, oauth2 or http_signature', [
  basicCredentials,
  bearerCredentials,
  clientCredentials,
  httpSignatureKey,
]);
const overTls = oneOf('basic, bearer, oauth2, http_signature or mtls', [
  basicCredentials,
  bearerCredentials,
  clientCredentials,
  httpSignatureKey,
  clientCertificate,
]);
type HttpCredentials =
  BasicCredentials | BearerCredentials | ClientCredentials | HttpSignatureKey | ClientCertificate;

/**
 * HTTP with who is calling in the header `authorization` or in a signature, which are added here and so are never on
 * record; over TLS, by a client certificate, too.
 */
export function makeHttpAuth(http: HttpDestination, options: HttpDestinationOptions): Destination[] {
  const { policy } = options;
  const tokens = makeTokens(http, clientCredentialsGrant);
  const mutualTls = makeMutualTls(options);

  function send(request: DestinationRequest): Promise<Answer> {
    const credentials = request.credentials as HttpCredentials | null;
    switch (credentials?.type) {
      case undefined:
        return http.send(request);
      case 'oauth2':
        return sendWithToken({ http, tokens }, credentials, request);
      case 'mtls':
        return mutualTls.send(request);
      case 'http_signature':
        return http.send(withMessageSignature(request, credentials));
      case 'bearer':
        return concealing([credentials.token], http.send(authorized(request, `Bearer ${credentials.token}`)));
      case 'basic': {
        const authorization = basicAuthorization(credentials.username, credentials.password);
        const secrets = [authorization.slice('Basic '.length), credentials.password];
        return concealing(secrets, http.send(authorized(request, authorization)));
      }
    }
  }

  const both: Omit<Destination, 'schemes' | 'form' | 'credentials'> = {
    checkUrl: (url) => policy.checkUrl(url),
    checkResolved: (url) => policy.checkResolved(url),
    urlWithin: ({ tokenUrl }) =>
      typeof tokenUrl === 'string' ? { field: 'tokenUrl', url: tokenUrl } : undefined,
    send,
    // The shared connections are closed by whoever opened them.
    close: () => mutualTls.close(),
  };
  return [
    { ...both, schemes: ['https:'], form: 'https://host/path', credentials: z.nullable(overTls) },
    { ...both, schemes: ['http:'], form: 'http://host/path', credentials: z.nullable(overHttp) },
  ];
}

const authorized = (request: DestinationRequest, authorization: string): DestinationRequest => ({
  ...request,
  headers: { ...request.headers, authorization },
});
