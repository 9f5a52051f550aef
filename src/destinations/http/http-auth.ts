import { z } from 'zod';
import type { Answer } from '../domain/outcome';
import {
  basicCredentials,
  bearerCredentials,
  clientCredentials,
  oneOf,
  type BasicCredentials,
  type BearerCredentials,
  type ClientCredentials,
} from './credential-types';
import type { Destination, DestinationRequest } from './destination';
import type { HttpDestination } from './http';
import { basicAuthorization, makeTokens } from './oauth-tokens';
import type { OutboundPolicy } from './outbound-policy';

const schema = oneOf('basic, bearer or oauth2', [basicCredentials, bearerCredentials, clientCredentials]);
type HttpCredentials = BasicCredentials | BearerCredentials | ClientCredentials;

/** HTTP with who is calling in the header `authorization`, which is added here and so is never on record. */
export function makeHttpAuth(http: HttpDestination, policy: OutboundPolicy): Destination {
  const tokens = makeTokens(http);

  function send(request: DestinationRequest): Promise<Answer> {
    const credentials = request.credentials as HttpCredentials | null;
    if (!credentials) return http.send(request);
    if (credentials.type === 'oauth2') return sendWithToken(request, credentials);
    const authorization =
      credentials.type === 'basic'
        ? basicAuthorization(credentials.username, credentials.password)
        : `Bearer ${credentials.token}`;
    return http.send(authorized(request, authorization));
  }

  /** A token that was taken back before its time is noticed by the first 401, and replaced once. */
  async function sendWithToken(request: DestinationRequest, credentials: ClientCredentials): Promise<Answer> {
    const startedAt = performance.now();
    const spentMs = () => Math.round(performance.now() - startedAt);
    const remaining = () => ({ ...request, timeoutMs: Math.max(1, request.timeoutMs - spentMs()) });
    for (let isLast = false; ; isLast = true) {
      const token = await tokens.get(credentials, remaining().timeoutMs);
      if (!token.ok) return { durationMs: spentMs(), error: 'AUTH', errorDetail: token.reason };
      const answer = await http.send(authorized(remaining(), `Bearer ${token.value}`));
      if (answer.response?.status !== 401 || isLast) return { ...answer, durationMs: spentMs() };
      tokens.drop(credentials, token.value);
    }
  }

  return {
    schemes: ['https:', 'http:'],
    form: 'https://host/path',
    checkUrl: (url) => policy.checkUrl(url),
    checkResolved: (url) => policy.checkResolved(url),
    credentials: z.nullable(schema),
    urlWithin: ({ tokenUrl }) =>
      typeof tokenUrl === 'string' ? { field: 'tokenUrl', url: tokenUrl } : undefined,
    send,
    close: () => http.close(),
  };
}

const authorized = (request: DestinationRequest, authorization: string): DestinationRequest => ({
  ...request,
  headers: { ...request.headers, authorization },
});
