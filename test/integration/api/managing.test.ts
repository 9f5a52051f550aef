import { LIMITS } from '../../../src/domain/limits';
import { newEd25519Secret, newHmacSecret } from '../../../src/domain/webhook-secret';
import { waitUntil } from '../../support/wait-until';
import { makeGraphqlClient } from '../../support/graphql-client';
import {
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';

interface UserError {
  field: string[] | null;
  code: string;
  message: string;
}
interface Endpoint {
  id: string;
  name: string;
  url: string;
  secret: string | null;
  publicKey: string | null;
  headers: Record<string, string>;
  retrySchedule: number[];
  timeoutMs: number;
  payloadFormat: string;
  description: string;
  subscriptions: { id: string; eventTypes: string[]; enabled: boolean }[];
}
type Answer<Name extends string, T> = {
  answer: { userErrors: UserError[] } & Partial<Record<Name, T | null>>;
};

const ENDPOINT =
  'endpoint { id name url secret publicKey headers retrySchedule timeoutMs payloadFormat description subscriptions { id eventTypes enabled } }';
const CREATE = `mutation ($input: EndpointCreateInput!) { answer: endpointCreate(input: $input) { ${ENDPOINT} userErrors { field code message } } }`;
const UPDATE = `mutation ($input: EndpointUpdateInput!) { answer: endpointUpdate(input: $input) { ${ENDPOINT} userErrors { field code message } } }`;
const ROTATE = `mutation ($input: EndpointSecretRotateInput!) { answer: endpointSecretRotate(input: $input) { ${ENDPOINT} userErrors { field code message } } }`;

let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer({
    checkUrl: (url) =>
      Promise.resolve(
        url.includes('127.0.0.1')
          ? { ok: false, code: 'BLOCKED_ADDRESS', reason: 'this address is private' }
          : { ok: true },
      ),
    sendTest: (endpoint, event, tenantSlug) =>
      Promise.resolve({
        number: 1,
        at: new Date(),
        durationMs: 3,
        requestHeaders: { 'warren-event-type': event.type, url: endpoint.url, tenant: tenantSlug },
        requestBody: null,
        response: { status: 500, headers: { a: 'b' }, body: Buffer.from('no') },
        error: 'HTTP_500',
      }),
  });
  acme = await makeTenant(server, 'acme');
});
afterAll(() => server.close());

async function create(input: object): Promise<Endpoint> {
  const { answer } = await acme.client.ask<Answer<'endpoint', Endpoint>>(CREATE, {
    input: { url: 'https://a.example/in', ...input },
  });
  expect(answer.userErrors).toEqual([]);
  return answer.endpoint as Endpoint;
}

async function faultsOf(document: string, input: object): Promise<UserError[]> {
  return (await acme.client.ask<Answer<'endpoint', Endpoint>>(document, { input })).answer.userErrors;
}

const versionOf = async (): Promise<number> => {
  const [row] = await server.database.dataSource.query<{ config_version: string }[]>(
    "select config_version from tenants where slug = 'acme'",
  );
  return Number(row?.config_version);
};

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
    const expiresAt = new Date(Date.now() + 400).toISOString();
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

describe('endpoints', () => {
  it('come with a secret, defaults, and the subscription of the shorthand, announced as one version', async () => {
    const before = await versionOf();
    const endpoint = await create({ eventTypes: ['order.*', 'order.*', 'user.created'] });
    expect(endpoint).toMatchObject({
      name: 'a.example',
      timeoutMs: 15000,
      payloadFormat: 'STANDARD',
      publicKey: null,
      headers: {},
      retrySchedule: [5, 30, 120, 900, 3600, 10800, 21600, 43200, 86400],
      subscriptions: [{ eventTypes: ['order.*', 'user.created'], enabled: true }],
    });
    expect(endpoint.secret).toMatch(/^whsec_/);
    expect(await versionOf()).toBe(before + 1);
    expect(server.announced.at(-1)).toEqual({ kind: 'config', tenantId: acme.id, version: before + 1 });
  });

  it('keep secrets and headers sealed in the database', async () => {
    const endpoint = await create({ headers: { 'X-Api-Key': 'very-private' } });
    const rows = await server.database.dataSource.query<{ sealed: Buffer }[]>(
      'select sealed from endpoint_secrets union all select headers_sealed from endpoints',
    );
    const bytes = Buffer.concat(
      rows.map(({ sealed }) => (sealed as Buffer | null) ?? Buffer.alloc(0)),
    ).toString('latin1');
    expect(bytes).not.toContain('very-private');
    expect(bytes).not.toContain(endpoint.secret?.slice(6, 20));
  });

  it('mask what is secret from a key without endpoints:secret', async () => {
    const { id } = await create({
      headers: {
        Authorization: 'Bearer abc',
        cookie: 'a=b',
        'x-api-key': 'k',
        'x-my-token': 't',
        'x-secret-thing': 's',
        'x-team': 'blue',
      },
    });
    const { plainKey } = await makeKey(acme.client, { name: 'r', scopes: ['endpoints:read'] });
    const { endpoint } = await makeGraphqlClient(server.url, plainKey).ask<{ endpoint: Endpoint }>(
      'query ($id: ID!) { endpoint(id: $id) { secret headers } }',
      { id },
    );
    expect(endpoint).toEqual({
      secret: null,
      headers: {
        authorization: '…',
        cookie: '…',
        'x-api-key': '…',
        'x-my-token': '…',
        'x-secret-thing': '…',
        'x-team': 'blue',
      },
    });
  });

  it('with ED25519 show the public key', async () => {
    const endpoint = await create({ signatureScheme: 'ED25519' });
    expect(endpoint.secret).toMatch(/^whsk_/);
    expect(endpoint.publicKey).toMatch(/^whpk_/);
  });

  it.each<[string, object, string, string[]]>([
    ['a private address', { url: 'https://127.0.0.1/' }, 'BLOCKED_ADDRESS', ['url']],
    ['an empty URL', { url: '' }, 'REQUIRED', ['url']],
    ['a URL without end', { url: `https://a.example/${'x'.repeat(2048)}` }, 'TOO_LONG', ['url']],
    ['a secret that is none', { secret: 'hunter2' }, 'INVALID', ['secret']],
    ['a secret of the other scheme', { secret: newEd25519Secret() }, 'INVALID', ['secret']],
    ['a name without end', { name: 'x'.repeat(201) }, 'TOO_LONG', ['name']],
    ['a description without end', { description: 'x'.repeat(2001) }, 'TOO_LONG', ['description']],
    ['a header of Warren’s own', { headers: { 'webhook-id': 'x' } }, 'INVALID', ['headers', 'webhook-id']],
    ['headers that are none', { headers: ['x'] }, 'INVALID', ['headers']],
    ['no time at all', { timeoutMs: 1 }, 'INVALID', ['timeoutMs']],
    [
      'a schedule without end',
      { retrySchedule: Array.from({ length: 26 }, () => 5) },
      'LIMIT',
      ['retrySchedule'],
    ],
    ['a pattern that is none', { eventTypes: ['ok', 'a b'] }, 'INVALID', ['eventTypes', '1']],
    ['no types', { eventTypes: [] }, 'REQUIRED', ['eventTypes']],
    [
      'a signature that does not fit',
      { signatureScheme: 'ED25519', payloadFormat: 'EMBEDDED_SIGNATURE' },
      'INVALID',
      ['payloadFormat'],
    ],
  ])('are refused %s', async (_what, input, code, field) => {
    const before = await versionOf();
    const faults = await faultsOf(CREATE, { url: 'https://a.example', ...input });
    expect(faults).toMatchObject([{ code, field }]);
    expect(await versionOf()).toBe(before);
  });

  it('are refused a rung that is not on the ladder, which the message lists', async () => {
    const [fault] = await faultsOf(CREATE, { url: 'https://a.example', retrySchedule: [5, 7] });
    expect(fault).toMatchObject({ code: 'INVALID', field: ['retrySchedule'] });
    expect(fault?.message).toContain('5, 30, 120');
  });

  it('keep what an update leaves out, and set the default for null', async () => {
    const made = await create({
      name: 'Mine',
      description: 'd',
      timeoutMs: 700,
      retrySchedule: [5],
      headers: { 'x-a': '1' },
    });
    const update = async (input: object) =>
      (await acme.client.ask<Answer<'endpoint', Endpoint>>(UPDATE, { input: { id: made.id, ...input } }))
        .answer.endpoint;
    expect(await update({ timeoutMs: 800 })).toEqual({ ...made, timeoutMs: 800 });
    expect(
      await update({ name: null, description: null, timeoutMs: null, retrySchedule: null, headers: null }),
    ).toMatchObject({
      ...{ name: 'a.example', description: '', timeoutMs: 15000, headers: {} },
      retrySchedule: expect.arrayContaining([86400]) as unknown,
    });
    expect(await faultsOf(UPDATE, { id: made.id, url: null })).toMatchObject([
      { code: 'REQUIRED', field: ['url'] },
    ]);
    expect(await faultsOf(UPDATE, { id: made.id, url: 'https://127.0.0.1' })).toMatchObject([
      { code: 'BLOCKED_ADDRESS' },
    ]);
  });

  it('rotate their secret, and the old one signs for as long as was asked', async () => {
    const { id, secret: old } = await create({});
    const given = newHmacSecret();
    const { answer } = await acme.client.ask<Answer<'endpoint', Endpoint>>(ROTATE, {
      input: { id, secret: given, overlapSeconds: 60 },
    });
    expect(answer.endpoint?.secret).toBe(given);
    const rows = await server.database.dataSource.query<{ left: string | null }[]>(
      'select timestampdiff(second, created_at, expires_at) as `left` from endpoint_secrets order by id desc limit 2',
    );
    expect(rows[0]?.left).toBeNull();
    expect(Number(rows[1]?.left)).toBeGreaterThanOrEqual(60);
    for (const secret of [given, old]) {
      expect(await faultsOf(ROTATE, { id, secret })).toMatchObject([{ code: 'CONFLICT', field: ['secret'] }]);
    }
    expect(await faultsOf(ROTATE, { id, secret: 'whsec_short' })).toMatchObject([
      { code: 'INVALID', field: ['secret'] },
    ]);
    expect(await faultsOf(ROTATE, { id, overlapSeconds: -1 })).toMatchObject([
      { code: 'INVALID', field: ['overlapSeconds'] },
    ]);
  });

  it('can have five secrets that sign, and be rid of the old ones at once', async () => {
    const { id } = await create({});
    for (let i = 0; i < 4; i++) expect(await faultsOf(ROTATE, { id })).toEqual([]);
    expect(await faultsOf(ROTATE, { id })).toMatchObject([{ code: 'LIMIT' }]);
    expect(await faultsOf(ROTATE, { id, overlapSeconds: 0 })).toEqual([]);
    expect(await faultsOf(ROTATE, { id })).toEqual([]);
  });

  it('are tested with one request, whose failure is told', async () => {
    const { id } = await create({});
    const { answer } = await acme.client.ask<Answer<'attempt', Record<string, unknown>>>(
      `mutation ($input: EndpointTestInput!) { answer: endpointTest(input: $input) {
         attempt { number ok error responseStatus responseBody requestHeaders requestBody } userErrors { code } } }`,
      { input: { id, eventType: 'order.placed', data: { a: 1 } } },
    );
    expect(answer.attempt).toMatchObject({
      ok: false,
      error: 'HTTP_500',
      responseStatus: 500,
      responseBody: 'no',
    });
    expect(answer.attempt?.requestHeaders).toMatchObject({
      'warren-event-type': 'order.placed',
      tenant: 'acme',
    });
    expect(answer.attempt?.requestBody).toContain('"data":{"a":1}');
    const test =
      'mutation ($input: EndpointTestInput!) { answer: endpointTest(input: $input) { userErrors { field code } } }';
    expect(await faultsOf(test, { id, eventType: 'a b' })).toEqual([
      { field: ['eventType'], code: 'INVALID' },
    ]);
  });

  it('take their subscriptions with them, each row with the new version', async () => {
    const { id } = await create({ eventTypes: ['#'] });
    await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });
    const rows = await server.database.dataSource.query<{ v: string }[]>(
      `select config_version v from endpoints where deleted_at is not null and tenant_id = (select id from tenants where slug = 'acme')
       union all select config_version from webhook_subscriptions where deleted_at is not null and tenant_id = (select id from tenants where slug = 'acme')`,
    );
    expect(rows.map(({ v }) => Number(v))).toEqual([await versionOf(), await versionOf()]);
    expect(await acme.client.ask('query ($id: ID!) { endpoint(id: $id) { id } }', { id })).toEqual({
      endpoint: null,
    });
  });
});

describe('webhook subscriptions', () => {
  const SUBSCRIBE =
    'mutation ($input: WebhookSubscriptionInput!) { answer: webhookSubscriptionCreate(input: $input) { webhookSubscription { id endpoint { id } } userErrors { field code message } } }';

  it('are made, changed and ended', async () => {
    const { id } = await create({});
    const made = await acme.client.ask<Answer<'webhookSubscription', { id: string }>>(SUBSCRIBE, {
      input: { endpointId: id, eventTypes: ['a.#'] },
    });
    const subscriptionId = made.answer.webhookSubscription?.id;
    const changed = await acme.client.ask(
      `mutation ($id: ID!) { webhookSubscriptionUpdate(input: { id: $id, enabled: false, eventTypes: ["b"] }) {
         webhookSubscription { eventTypes enabled endpoint { id } } userErrors { code } } }`,
      { id: subscriptionId },
    );
    expect(changed).toEqual({
      webhookSubscriptionUpdate: {
        webhookSubscription: { eventTypes: ['b'], enabled: false, endpoint: { id } },
        userErrors: [],
      },
    });
    expect(
      await faultsOf(
        'mutation ($input: WebhookSubscriptionUpdateInput!) { answer: webhookSubscriptionUpdate(input: $input) { userErrors { field code } } }',
        { id: subscriptionId, eventTypes: null },
      ),
    ).toEqual([{ field: ['eventTypes'], code: 'REQUIRED' }]);
    await acme.client.ask('mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedId } }', {
      id: subscriptionId,
    });
    expect(
      await acme.client.ask('query ($id: ID!) { webhookSubscription(id: $id) { id } }', {
        id: subscriptionId,
      }),
    ).toEqual({ webhookSubscription: null });
  });

  it('are limited for each endpoint', async () => {
    const { id } = await create({});
    const input = { endpointId: id, eventTypes: ['#'] };
    for (let i = 0; i < LIMITS.subscriptionsPerEndpoint; i++) await acme.client.ask(SUBSCRIBE, { input });
    expect(await faultsOf(SUBSCRIBE, input)).toMatchObject([{ code: 'LIMIT', field: ['endpointId'] }]);
    const tooMany = { endpointId: id, eventTypes: Array.from({ length: 101 }, (_, i) => `t${i}`) };
    expect(await faultsOf(SUBSCRIBE, tooMany)).toMatchObject([{ code: 'LIMIT', field: ['eventTypes'] }]);
  });
});
