import {
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { makeGraphqlClient } from '../../support/graphql-client';
import type { UserError } from '../../support/managing';
import { waitUntil } from '../../support/wait-until';

let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  acme = await makeTenant(server, 'acme');
});
afterAll(() => server.close());

describe('tenants', () => {
  const make = (input: object) =>
    server.operator.ask<{ answer: { tenant: { id: string; name: string } | null; userErrors: UserError[] } }>(
      'mutation ($input: TenantCreateInput!) { answer: tenantCreate(input: $input) { tenant { id name } userErrors { field code message } } }',
      { input },
    );

  it('are refused a slug that is taken', async () => {
    const { answer } = await make({ slug: 'acme', name: 'Another' });
    expect(answer).toMatchObject({ tenant: null, userErrors: [{ code: 'TAKEN', field: ['slug'] }] });
  });

  it.each([
    ['', 'REQUIRED'],
    ['Acme', 'INVALID'],
    ['a.b', 'INVALID'],
    ['-a', 'INVALID'],
    ['a~b', 'INVALID'],
    ['x'.repeat(51), 'TOO_LONG'],
  ])('are refused the slug %p', async (slug, code) => {
    expect((await make({ slug, name: 'x' })).answer.userErrors).toMatchObject([{ code, field: ['slug'] }]);
  });

  it('are told every fault at once', async () => {
    const { answer } = await make({ slug: 'A', name: 'x'.repeat(201), scopes: ['no good'] });
    expect(answer.userErrors.map(({ field }) => field?.[0])).toEqual(['slug', 'name', 'scopes']);
  });

  it('have networks that an operator sets and sees, and nobody else', async () => {
    const { answer } = await make({ slug: 'inside', name: 'Inside', allowedNetworks: ['10.1.0.0/16'] });
    const id = answer.tenant?.id;
    const seen = await server.operator.ask('query ($id: ID!) { tenant(id: $id) { allowedNetworks } }', {
      id,
    });
    expect(seen).toEqual({ tenant: { allowedNetworks: ['10.1.0.0/16'] } });
    const update = (input: object) =>
      server.operator.ask(
        'mutation ($input: TenantUpdateInput!) { tenantUpdate(input: $input) { tenant { allowedNetworks } } }',
        { input: { id, ...input } },
      );
    expect(await update({ name: 'Within' })).toMatchObject({
      tenantUpdate: { tenant: { allowedNetworks: ['10.1.0.0/16'] } },
    });
    expect(await update({ allowedNetworks: null })).toMatchObject({
      tenantUpdate: { tenant: { allowedNetworks: [] } },
    });
    const { auditLog } = await server.operator.ask<{ auditLog: { nodes: unknown[] } }>(
      'query ($id: ID) { auditLog(filter: { objectId: $id }) { nodes { action fields } } }',
      { id },
    );
    expect(auditLog.nodes).toContainEqual({ action: 'tenantUpdate', fields: ['allowedNetworks'] });

    expect(await acme.client.codeOf('{ viewer { tenant { allowedNetworks } } }')).toBe('FORBIDDEN');
    const own = `mutation { tenantUpdate(input: { id: "${acme.id}", allowedNetworks: ["10.0.0.0/8"] }) { userErrors { code } } }`;
    expect(await acme.client.codeOf(own)).toBe('FORBIDDEN');
  });

  it('are refused networks that no tenant may have, each by its place', async () => {
    const allowedNetworks = ['10.0.0.0/8', '0.0.0.0/0', 'intranet', '169.254.169.254/32'];
    const { answer } = await make({ slug: 'wide', name: 'x', allowedNetworks });
    expect(answer.userErrors.map(({ code, field }) => [code, field?.join('.')])).toEqual(
      ['1', '2', '3'].map((at) => ['INVALID', `allowedNetworks.${at}`]),
    );
    const many = await make({ slug: 'wide', name: 'x', allowedNetworks: Array(51).fill('10.0.0.0/8') });
    expect(many.answer.userErrors).toMatchObject([{ code: 'LIMIT', field: ['allowedNetworks'] }]);
  });

  it('end with their keys, and leave their slug free', async () => {
    const brief = await makeTenant(server, 'brief');
    await brief.client.ask(
      'mutation { endpointCreate(input: { url: "https://a.example", eventTypes: ["#"] }) { userErrors { code } } }',
    );
    const gone = await server.operator.ask('mutation ($id: ID!) { tenantDelete(id: $id) { deletedId } }', {
      id: brief.id,
    });
    expect(gone).toEqual({ tenantDelete: { deletedId: brief.id } });
    expect(await brief.client.codeOf('{ viewer { isOperator } }')).toBe('UNAUTHENTICATED');
    expect(await server.operator.ask('{ tenant(slug: "brief") { id } }')).toEqual({ tenant: null });
    expect(await server.operator.ask('query ($id: ID!) { node(id: $id) { id } }', { id: brief.id })).toEqual({
      node: null,
    });
    const left = await server.database.dataSource.query<{ n: string }[]>(
      'select (select count(*) from endpoints where deleted_at is null) + (select count(*) from webhook_subscriptions where deleted_at is null) n',
    );
    expect(Number(left[0]?.n)).toBe(0);
    const again = await make({ slug: 'brief', name: 'Again' });
    expect(again.answer.userErrors).toEqual([]);
  });
});

describe('API keys', () => {
  it('are kept as a hash, and found by it', async () => {
    expect(acme.key).toMatch(/^wrn_[0-9A-Za-z]{43}$/);
    const rows = await server.database.dataSource.query<object[]>('select * from api_keys');
    expect(JSON.stringify(rows)).not.toContain(acme.key.slice(4));
  });

  it('give only scopes that the giver holds, and only those that there are', async () => {
    const { plainKey } = await makeKey(acme.client, { name: 'k', scopes: ['keys:write'] });
    const weak = makeGraphqlClient(server.url, plainKey);
    const document =
      'mutation ($scopes: [String!]!) { apiKeyCreate(input: { name: "x", scopes: $scopes }) { plainKey userErrors { field code message } } }';
    for (const scopes of [['events:read'], ['everything'], []]) {
      const { apiKeyCreate } = await weak.ask<{ apiKeyCreate: { plainKey: null; userErrors: UserError[] } }>(
        document,
        { scopes },
      );
      expect(apiKeyCreate.plainKey).toBeNull();
      expect(apiKeyCreate.userErrors[0]?.field).toEqual(['scopes']);
    }
  });

  it('stop at their expiry and when they are revoked, which is announced', async () => {
    const past = await acme.client.ask<{ apiKeyCreate: { userErrors: UserError[] } }>(
      'mutation { apiKeyCreate(input: { name: "x", scopes: ["events:read"], expiresAt: "2020-01-01T00:00:00Z" }) { userErrors { field code } } }',
    );
    expect(past.apiKeyCreate.userErrors).toEqual([{ field: ['expiresAt'], code: 'INVALID' }]);
    expect(
      await acme.client.codeOf(
        'mutation { apiKeyCreate(input: { name: "x", scopes: ["events:read"], expiresAt: "9999-12-31T23:59:59-14:00" }) { plainKey } }',
      ),
    ).toBe('GRAPHQL_VALIDATION_FAILED');
    const expiresAt = new Date(Date.now() + 2000).toISOString();
    const brief = makeGraphqlClient(
      server.url,
      (await makeKey(acme.client, { name: 'b', scopes: ['events:read'], expiresAt })).plainKey,
    );
    await brief.ask('{ viewer { isOperator } }');
    await waitUntil(async () => (await brief.send('{ viewer { isOperator } }')).errors !== undefined);

    const { plainKey, keyId } = await makeKey(acme.client, { name: 'r', scopes: ['events:read'] });
    const revoked = makeGraphqlClient(server.url, plainKey);
    await revoked.ask('{ viewer { isOperator } }');
    await acme.client.ask('mutation ($id: ID!) { apiKeyRevoke(id: $id) { deletedId } }', { id: keyId });
    expect(await revoked.codeOf('{ viewer { isOperator } }')).toBe('UNAUTHENTICATED');
    expect(server.announced).toContainEqual({ kind: 'key-revoked', keyId });
  });

  it('tell when they were last used', async () => {
    const read = () =>
      acme.client.ask<{ viewer: { tenant: { apiKeys: { id: string; lastUsedAt: string | null }[] } } }>(
        '{ viewer { tenant { apiKeys { id lastUsedAt } } } }',
      );
    await waitUntil(async () => {
      const keys = (await read()).viewer.tenant.apiKeys;
      return keys.some(({ id, lastUsedAt }) => id === acme.keyId && lastUsedAt !== null);
    });
  });
});
