/**
 * A real OpenID provider in a process of its own: `node oidc-provider.mjs <port> <audience> <JSON of clients>`. Each start
 * has a new signing key, so a restart on the same port is a rotation. Says `ready` when it listens.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, audience, clients] = process.argv.slice(2);
const scope =
  'tenants:admin keys:write catalog:write events:publish events:read endpoints:read endpoints:write endpoints:secret ' +
  'deliveries:read deliveries:write sources:write audit:read something:else';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [key] },
  scopes: scope.split(' '),
  extraClientMetadata: { properties: ['tenant', 'ttl'] },
  clients: JSON.parse(clients).map((client) => ({
    ...client,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })),
  extraTokenClaims: (_context, token) => (token.client.tenant ? { tenant: token.client.tenant } : {}),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      getResourceServerInfo: (_context, _resource, client) => ({
        scope,
        audience,
        accessTokenFormat: 'jwt',
        accessTokenTTL: client.ttl ?? 600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});
provider.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
