import type { ClientCredentials } from '../credential-types';
import type { Grant } from './oauth-tokens';

/** RFC 6749 section 4.4. */
export const clientCredentialsGrant: Grant<ClientCredentials> = {
  request({ tokenUrl, clientId, clientSecret, scope, audience, clientAuthentication }) {
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (scope !== undefined) form.set('scope', scope);
    if (audience !== undefined) form.set('audience', audience);
    const headers: Record<string, string> = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    if (clientAuthentication === 'basic') {
      // RFC 6749 section 2.3.1: both are form-encoded before they are put together.
      headers.authorization = basicAuthorization(formEncode(clientId), formEncode(clientSecret));
    } else {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret);
    }
    return { url: tokenUrl, headers, body: Buffer.from(form.toString()) };
  },
  secrets: ({ clientSecret }) => [clientSecret, formEncode(clientSecret)],
};

export const basicAuthorization = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
