import { createPublicKey } from 'node:crypto';
import {
  SignJWT,
  UnsecuredJWT,
  generateKeyPair,
  type CryptoKey,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import { makeGraphqlClient } from '../../support/graphql-client';
import { startOwnIssuer, type OwnIssuer } from '../../support/outsiders/own-issuer';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';

const AUDIENCE = 'warren';
let server: ApiServer;
let issuer: OwnIssuer;
let acme: TestTenant;
let theirs: CryptoKey;

beforeAll(async () => {
  issuer = await startOwnIssuer();
  server = await startApiServer({}, {}, { jwt: { issuer: issuer.issuer, audience: AUDIENCE } });
  acme = await makeTenant(server, 'acme');
  theirs = (await generateKeyPair('RS256')).privateKey;
});
afterAll(async () => {
  await server.close();
  await issuer.close();
});

const now = () => Math.floor(Date.now() / 1000);
const claims = (changes: JWTPayload = {}): JWTPayload => ({
  ...{
    iss: issuer.issuer,
    aud: AUDIENCE,
    sub: 'somebody',
    tenant: 'acme',
    scope: 'endpoints:read',
    exp: now() + 60,
  },
  ...changes,
});
const sign = (
  payload: JWTPayload,
  header: Partial<JWTHeaderParameters> = {},
  key: CryptoKey | Uint8Array = issuer.privateKey,
) => new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'own', ...header }).sign(key);
const without = (name: string) =>
  Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name));
const spki = () =>
  createPublicKey({ key: issuer.publicJwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });

const codeOf = async (token: string): Promise<string | undefined> =>
  (await makeGraphqlClient(server.url, token).send('{ viewer { isOperator } }')).errors?.[0]?.extensions
    ?.code;

it.each<[string, () => Promise<string>]>([
  ['as it should be', () => sign(claims())],
  ['for several audiences', () => sign(claims({ aud: ['others', AUDIENCE] }))],
  ['whose issuer’s clock is a little behind', () => sign(claims({ exp: now() - 2 }))],
  ['whose issuer’s clock is a little ahead', () => sign(claims({ nbf: now() + 2 }))],
  ['with the tenant’s id', () => sign(claims({ tenant: acme.id }))],
  ['that names its client instead of a subject', () => sign({ ...without('sub'), client_id: 'robot' })],
])('a token %s is taken', async (_what, make) => {
  expect(await codeOf(await make())).toBeUndefined();
});

it.each<[string, () => Promise<string>]>([
  ['for somebody else', () => sign(claims({ aud: 'others' }))],
  ['for nobody', () => sign(without('aud'))],
  ['of another issuer', () => sign(claims({ iss: 'https://evil.example' }))],
  ['of no issuer', () => sign(without('iss'))],
  ['that has expired', () => sign(claims({ exp: now() - 30 }))],
  ['that never expires', () => sign(without('exp'))],
  ['that is not yet good', () => sign(claims({ nbf: now() + 60 }))],
  ['of nobody', () => sign(without('sub'))],
  ['of a tenant that is no text', () => sign(claims({ tenant: 7 }))],
  ['of an empty tenant', () => sign(claims({ tenant: '', scope: 'tenants:admin' }))],
  ['of the tenant null', () => sign(claims({ tenant: null, scope: 'tenants:admin' }))],
  ['with scopes that are no text', () => sign(claims({ scope: ['endpoints:read'] }))],
  ['signed by somebody else', () => sign(claims(), {}, theirs)],
  ['signed by a key that the issuer does not have', () => sign(claims(), { kid: 'other' }, theirs)],
  ['without a signature', () => Promise.resolve(new UnsecuredJWT(claims()).encode())],
  [
    'signed by HMAC with the public key for a secret',
    () => sign(claims(), { alg: 'HS256' }, new TextEncoder().encode(spki().toString())),
  ],
  [
    'with a key of its own in the header',
    async () => {
      const { privateKey } = await generateKeyPair('RS256', { extractable: true });
      return sign(claims(), { jwk: issuer.publicJwk }, privateKey);
    },
  ],
  [
    'with an extension that nobody knows',
    () =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'RS256', kid: 'own', crit: ['urn:new'], 'urn:new': 1 })
        .sign(issuer.privateKey, { crit: { 'urn:new': true } }),
  ],
  [
    'that was changed',
    async () =>
      (await sign(claims())).replace(
        /\.[^.]+\./,
        `.${Buffer.from(JSON.stringify(claims({ tenant: 'other' }))).toString('base64url')}.`,
      ),
  ],
  ['that says Warren made it', () => sign(claims({ iss: 'urn:warren', aud: 'urn:warren:portal' }))],
  ['that is three words', () => Promise.resolve('eyJh.eyJh.eyJh')],
])('a token %s is UNAUTHENTICATED', async (_what, make) => {
  expect(await codeOf(await make())).toBe('UNAUTHENTICATED');
});

it('keys of an issuer whose configuration names another are not taken', async () => {
  const other = await startOwnIssuer();
  other.configuration.issuer = issuer.issuer;
  const second = await startApiServer({}, {}, { jwt: { issuer: other.issuer, audience: AUDIENCE } });
  const token = await new SignJWT(claims({ iss: other.issuer }))
    .setProtectedHeader({ alg: 'RS256', kid: 'own' })
    .sign(other.privateKey);
  expect(await makeGraphqlClient(second.url, token).codeOf('{ viewer { isOperator } }')).toBe(
    'SERVICE_UNAVAILABLE',
  );
  expect(second.logLines.join('')).toContain('names another issuer');
  expect(second.logLines.join('')).not.toContain(token);
  await second.close();
  await other.close();
});
