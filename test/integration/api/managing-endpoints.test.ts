import { newEd25519Secret } from '../../../src/domain/request/webhook-secret';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import {
  CREATE,
  UPDATE,
  configVersionOf,
  createEndpoint,
  faultsOf,
  type Answer,
  type Endpoint,
} from '../../support/managing';

let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer({
    checkUrl: (_tenantId, url) =>
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

describe('endpoints', () => {
  it('come with a secret, defaults, and the subscription of the shorthand, announced as one version', async () => {
    const before = await configVersionOf(server, 'acme');
    const endpoint = await createEndpoint(acme, { eventTypes: ['order.*', 'order.*', 'user.created'] });
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
    expect(await configVersionOf(server, 'acme')).toBe(before + 1);
    expect(server.announced.at(-1)).toEqual({ kind: 'config', tenantId: acme.id, version: before + 1 });
  });

  it('with ED25519 show the public key', async () => {
    const endpoint = await createEndpoint(acme, { signatureScheme: 'ED25519' });
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
    const before = await configVersionOf(server, 'acme');
    const faults = await faultsOf(acme, CREATE, { url: 'https://a.example', ...input });
    expect(faults).toMatchObject([{ code, field }]);
    expect(await configVersionOf(server, 'acme')).toBe(before);
  });

  it('are refused a rung that is not on the ladder, which the message lists', async () => {
    const [fault] = await faultsOf(acme, CREATE, { url: 'https://a.example', retrySchedule: [5, 7] });
    expect(fault).toMatchObject({ code: 'INVALID', field: ['retrySchedule'] });
    expect(fault?.message).toContain('5, 30, 120');
  });

  it('keep what an update leaves out, and set the default for null', async () => {
    const made = await createEndpoint(acme, {
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
    expect(await faultsOf(acme, UPDATE, { id: made.id, url: null })).toMatchObject([
      { code: 'REQUIRED', field: ['url'] },
    ]);
    expect(await faultsOf(acme, UPDATE, { id: made.id, url: 'https://127.0.0.1' })).toMatchObject([
      { code: 'BLOCKED_ADDRESS' },
    ]);
  });

  it('are tested with one request, whose failure is told', async () => {
    const { id } = await createEndpoint(acme);
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
    expect(await faultsOf(acme, test, { id, eventType: 'a b' })).toEqual([
      { field: ['eventType'], code: 'INVALID' },
    ]);
  });

  it('take their subscriptions with them, each row with the new version', async () => {
    const { id } = await createEndpoint(acme, { eventTypes: ['#'] });
    await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });
    const rows = await server.database.dataSource.query<{ v: string }[]>(
      `select config_version v from endpoints where deleted_at is not null and tenant_id = (select id from tenants where slug = 'acme')
       union all select config_version from webhook_subscriptions where deleted_at is not null and tenant_id = (select id from tenants where slug = 'acme')`,
    );
    expect(rows.map(({ v }) => Number(v))).toEqual([
      await configVersionOf(server, 'acme'),
      await configVersionOf(server, 'acme'),
    ]);
    expect(await acme.client.ask('query ($id: ID!) { endpoint(id: $id) { id } }', { id })).toEqual({
      endpoint: null,
    });
  });
});
