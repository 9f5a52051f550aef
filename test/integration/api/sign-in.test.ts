import { freePorts } from '../../../src/provision/free-port';
import { byKey, gatherUpdates } from '../../support/delivery-updates';
import { makeGraphqlClient } from '../../support/graphql-client';
import { makeOidcIssuer, type OidcIssuer } from '../../support/outsiders/oidc-issuer';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import { waitUntil } from '../../support/wait-until';

const AUDIENCE = 'https://warren.example/graphql';
const VIEWER = '{ viewer { isOperator scopes tenant { slug } } }';

let server: ApiServer;
let issuer: OidcIssuer;
let acme: TestTenant;

beforeAll(async () => {
  const client = (name: string, more: object = {}) => ({
    client_id: name,
    client_secret: `${name}-secret`,
    ...more,
  });
  const [port = 0] = await freePorts(1);
  issuer = makeOidcIssuer(port, AUDIENCE, [
    client('acme', { tenant: 'acme' }),
    client('short', { tenant: 'acme', ttl: 1 }),
    client('nobody', { tenant: 'no-such-tenant' }),
    client('platform'),
  ]);
  server = await startApiServer(
    {
      async *watchDeliveries({ signal }) {
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield* [];
      },
    },
    { recheckEveryMs: 100, closeWithinMs: 200 },
    { jwt: { issuer: issuer.issuer, audience: AUDIENCE }, jwksCooldownMs: 0 },
  );
  acme = await makeTenant(server, 'acme');
});
afterAll(async () => {
  await server.close();
  await issuer.stop();
});

const as = (token: string) => makeGraphqlClient(server.url, token);

it('answers SERVICE_UNAVAILABLE while the issuer is away, and lets keys in all the same', async () => {
  const unsigned = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const token = `${unsigned({ alg: 'RS256' })}.${unsigned({ iss: issuer.issuer })}.c2ln`;
  expect(await as(token).codeOf(VIEWER)).toBe('SERVICE_UNAVAILABLE');
  const stream = gatherUpdates(server.url, byKey(token));
  await waitUntil(() => stream.closeCode() === 1013);
  expect(await acme.client.ask('{ viewer { tenant { slug } } }')).toEqual({
    viewer: { tenant: { slug: 'acme' } },
  });
});

describe('with a token of the client-credentials flow', () => {
  beforeAll(() => issuer.start());

  it('a client acts for the tenant of its token, with the scopes of it that Warren knows', async () => {
    const token = await issuer.tokenFor('acme', 'endpoints:read something:else deliveries:read');
    await waitUntil(async () => (await as(token).send(VIEWER)).errors === undefined);
    expect(await as(token).ask(VIEWER)).toEqual({
      viewer: { isOperator: false, scopes: ['endpoints:read', 'deliveries:read'], tenant: { slug: 'acme' } },
    });
    expect(await as(token).codeOf('{ events { totalCount } }')).toBe('FORBIDDEN');
  });

  it('a client acts over all tenants only when its token says so by tenants:admin', async () => {
    expect(await as(await issuer.tokenFor('platform', 'endpoints:read')).codeOf(VIEWER)).toBe(
      'UNAUTHENTICATED',
    );
    const token = await issuer.tokenFor('platform', 'tenants:admin endpoints:read');
    expect(await as(token).ask(VIEWER)).toEqual({
      viewer: { isOperator: false, scopes: ['tenants:admin', 'endpoints:read'], tenant: null },
    });
    const acting = makeGraphqlClient(server.url, token, { 'warren-tenant': 'acme' });
    expect(await acting.ask('{ viewer { tenant { slug } } }')).toEqual({
      viewer: { tenant: { slug: 'acme' } },
    });
  });

  it('the scope tenants:admin gives nothing above the tenant that a token names', async () => {
    const token = await issuer.tokenFor('acme', 'tenants:admin');
    const document = 'mutation { tenantCreate(input: { slug: "more", name: "x" }) { userErrors { code } } }';
    expect(await as(token).codeOf(document)).toBe('FORBIDDEN');
  });

  it('a client of a tenant that is not there is nobody', async () => {
    expect(await as(await issuer.tokenFor('nobody', 'endpoints:read')).codeOf(VIEWER)).toBe(
      'UNAUTHENTICATED',
    );
  });

  it('a stream over WebSocket opens, and ends with 4403 when the token does', async () => {
    const lasting = gatherUpdates(server.url, byKey(await issuer.tokenFor('acme', 'deliveries:read')));
    const ending = gatherUpdates(server.url, byKey(await issuer.tokenFor('short', 'deliveries:read')));
    await waitUntil(() => ending.closeCode() === 4403, 12_000);
    expect(ending.errors).toEqual([expect.objectContaining({ code: 4403 })]);
    expect(lasting.closeCode()).toBeUndefined();
    await lasting.client.dispose();
  });

  it('tokens of a new key are taken after a rotation, and those of the old one no longer', async () => {
    const old = await issuer.tokenFor('acme', 'endpoints:read');
    await issuer.stop();
    await issuer.start();
    const token = await issuer.tokenFor('acme', 'endpoints:read');
    await as(token).ask(VIEWER);
    expect(await as(old).codeOf(VIEWER)).toBe('UNAUTHENTICATED');
  });

  it('tokens go on being taken while the issuer is away, by the keys that are known', async () => {
    const token = await issuer.tokenFor('acme', 'endpoints:read');
    await issuer.stop();
    await as(token).ask(VIEWER);
  });
});
