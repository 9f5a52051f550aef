import { decodeJwt } from 'jose';
import { newId } from '../../../src/domain/ids';
import { makeGraphqlClient, type GraphqlClient } from '../../support/graphql-client';
import type { UserError } from '../../support/managing';
import {
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { waitUntil } from '../../support/wait-until';

let server: ApiServer;
let acme: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  server = await startApiServer({}, {}, { publicUrl: () => 'https://hooks.example/' });
  acme = await makeTenant(server, 'acme');
  other = await makeTenant(server, 'other');
});
afterAll(() => server.close());

interface Session {
  token: string | null;
  url: string | null;
  expiresAt: string | null;
  userErrors: UserError[];
}

async function open(by: GraphqlClient, input: object): Promise<Session> {
  const { portalSessionCreate } = await by.ask<{ portalSessionCreate: Session }>(
    `mutation ($input: PortalSessionCreateInput!) {
      portalSessionCreate(input: $input) { token url expiresAt userErrors { field code message } }
    }`,
    { input },
  );
  return portalSessionCreate;
}

const VIEWER = '{ viewer { isOperator scopes tenant { slug } } }';

describe('a portal session', () => {
  it('acts for its tenant alone, with what a partner needs, for an hour', async () => {
    const { token, url, expiresAt, userErrors } = await open(server.operator, { tenantId: acme.id });
    expect(userErrors).toEqual([]);
    expect(url).toBe(`https://hooks.example/portal#token=${token ?? ''}`);
    expect(Date.parse(expiresAt ?? '') - Date.now()).toBeGreaterThan(3590_000);
    expect(Date.parse(expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(3600_000);
    expect(decodeJwt(token ?? '')).toMatchObject({ iss: 'urn:warren', tenant: acme.id });
    const partner = makeGraphqlClient(server.url, token ?? '');
    const scopes = [
      ...['events:read', 'endpoints:read', 'endpoints:write', 'endpoints:secret'],
      ...['deliveries:read', 'deliveries:write'],
    ];
    expect(await partner.ask(VIEWER)).toEqual({
      viewer: { isOperator: false, scopes, tenant: { slug: 'acme' } },
    });
    expect(await partner.ask(`{ tenant(id: "${other.id}") { id } }`)).toEqual({ tenant: null });
    const reaching = makeGraphqlClient(server.url, token ?? '', { 'warren-tenant': 'other' });
    expect(await reaching.codeOf(VIEWER)).toBe('BAD_USER_INPUT');
  });

  it('has the scopes that it was given, of those that its maker holds', async () => {
    const maker = await makeKey(acme.client, {
      name: 'm',
      scopes: ['keys:write', 'endpoints:read', 'events:read'],
    });
    const client = makeGraphqlClient(server.url, maker.plainKey);
    const scopesOf = async ({ token }: Session) =>
      (
        await makeGraphqlClient(server.url, token ?? '').ask<{ viewer: { scopes: string[] } }>(
          '{ viewer { scopes } }',
        )
      ).viewer.scopes;
    expect(await scopesOf(await open(client, { tenantId: acme.id }))).toEqual([
      'events:read',
      'endpoints:read',
    ]);
    const narrow = await open(client, { tenantId: acme.id, scopes: ['endpoints:read'] });
    expect(await scopesOf(narrow)).toEqual(['endpoints:read']);
  });

  it.each<[string, object, object]>([
    ['scopes that the maker lacks', { scopes: ['audit:read'] }, { field: ['scopes'], code: 'INVALID' }],
    ['scopes that make what outlives it', { scopes: ['keys:write'] }, { field: ['scopes'], code: 'INVALID' }],
    ['scopes that there are not', { scopes: ['everything'] }, { field: ['scopes'], code: 'INVALID' }],
    [
      'no scopes',
      { scopes: [] },
      // What no session may have is not offered.
      { field: ['scopes'], code: 'REQUIRED', message: expect.not.stringContaining('keys:write') as string },
    ],
    ['less than a minute', { expiresInSeconds: 59 }, { field: ['expiresInSeconds'], code: 'INVALID' }],
    ['more than a day', { expiresInSeconds: 86_401 }, { field: ['expiresInSeconds'], code: 'INVALID' }],
    ['nobody’s tenant', { tenantId: 'x' }, { field: ['tenantId'], code: 'NOT_FOUND' }],
  ])('is refused for %s', async (_what, input, fault) => {
    const answer = await open(acme.client, { tenantId: acme.id, ...input });
    expect(answer).toMatchObject({ token: null, url: null, userErrors: [fault] });
  });

  it('of another tenant is refused exactly like one of no tenant', async () => {
    expect(await open(acme.client, { tenantId: other.id })).toEqual(
      await open(acme.client, { tenantId: newId('tenant') }),
    );
  });

  it('is no more when the key that made it is revoked', async () => {
    const maker = await makeKey(acme.client, { name: 'm', scopes: ['keys:write', 'endpoints:read'] });
    const { token } = await open(makeGraphqlClient(server.url, maker.plainKey), { tenantId: acme.id });
    const partner = makeGraphqlClient(server.url, token ?? '');
    await partner.ask(VIEWER);
    await acme.client.ask('mutation ($id: ID!) { apiKeyRevoke(id: $id) { deletedId } }', { id: maker.keyId });
    expect(await partner.codeOf(VIEWER)).toBe('UNAUTHENTICATED');
  });

  it('is no more when its tenant is gone', async () => {
    const gone = await makeTenant(server, 'gone');
    const { token } = await open(server.operator, { tenantId: gone.id });
    await server.operator.ask('mutation ($id: ID!) { tenantDelete(id: $id) { deletedId } }', { id: gone.id });
    await waitUntil(
      async () => (await makeGraphqlClient(server.url, token ?? '').send(VIEWER)).errors !== undefined,
    );
  });

  it('cannot be had with a scope less than keys:write, nor made longer by itself', async () => {
    const { token } = await open(server.operator, { tenantId: acme.id });
    const document = `mutation { portalSessionCreate(input: { tenantId: "${acme.id}" }) { token } }`;
    expect(await makeGraphqlClient(server.url, token ?? '').codeOf(document)).toBe('FORBIDDEN');
  });

  it('of a deployment with other master keys is nobody’s here', async () => {
    const second = await startApiServer(
      {},
      {},
      { masterKeys: [`test:${Buffer.alloc(32, 9).toString('base64')}`] },
    );
    const tenant = await makeTenant(second, 'acme');
    const { token, url } = await open(second.operator, { tenantId: tenant.id });
    expect(url).toBe(`http://warren.example/portal#token=${token ?? ''}`);
    await makeGraphqlClient(second.url, token ?? '').ask(VIEWER);
    expect(await makeGraphqlClient(server.url, token ?? '').codeOf(VIEWER)).toBe('UNAUTHENTICATED');
    await second.close();
  });
});
