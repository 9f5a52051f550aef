import type { ServiceAccount } from '../credential-types';
import type { Grant } from '../http/oauth-tokens';

const SCOPE = 'https://www.googleapis.com/auth/pubsub';
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** RFC 7523 section 2.1, as Google has it for service accounts: a token for a statement signed with the account's key. */
export const serviceAccountGrant: Grant<ServiceAccount> = {
  async request({ client_email: email, private_key: key, private_key_id: keyId, token_uri: url }) {
    const { SignJWT, importPKCS8 } = await import('jose');
    const assertion = await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
      .setIssuer(email)
      .setAudience(url)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(await importPKCS8(key, 'RS256'));
    return {
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: Buffer.from(new URLSearchParams({ grant_type: GRANT_TYPE, assertion }).toString()),
    };
  },
  secrets: ({ private_key: key }) => [key],
};
