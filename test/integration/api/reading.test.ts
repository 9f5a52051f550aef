import { decodeId, idBytes } from '../../../src/domain/ids';
import { readListCursor, streamCursor } from '../../../src/api/cursor';
import { collectStatements } from '../../support/collect-statements';
import { seedDelivery, type SeededDelivery } from '../../support/seed/seed-deliveries';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';
import type { PublishInput } from '../../../src/domain/routing/publish';
import { done } from '../../../src/domain/errors';
import { stringify } from 'lossless-json';

let server: ApiServer;
let acme: TestTenant;
let endpointId: string;
let subscriptionId: string;
const seeded: SeededDelivery[] = [];
const published: PublishInput[] = [];
const DELIVERIES = 60;

beforeAll(async () => {
  server = await startApiServer({
    publishEvents: (_caller, inputs) => {
      published.push(...inputs);
      return Promise.resolve(
        done(inputs.map(() => ({ eventId: seeded[0]?.eventId ?? '', duplicate: false }))),
      );
    },
  });
  acme = await makeTenant(server, 'acme');
  const made = await acme.client.ask<{
    endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
  }>(
    'mutation { endpointCreate(input: { url: "https://a.example", eventTypes: ["#"] }) { endpoint { id subscriptions { id } } } }',
  );
  endpointId = made.endpointCreate.endpoint.id;
  subscriptionId = made.endpointCreate.endpoint.subscriptions[0]?.id ?? '';
  for (let i = 0; i < DELIVERIES; i++) {
    const type = i % 2 === 0 ? 'order.placed' : 'order.paid';
    const status = i % 3 === 0 ? 'DEAD_LETTERED' : 'DELIVERED';
    seeded.push(
      await seedDelivery(server.database, { tenantId: acme.id, endpointId, subscriptionId, type, status }),
    );
  }
  // Deliveries take the order of the event's millisecond, then of a hash.
  seeded.sort((a, b) => Buffer.compare(idBytes('delivery', b.deliveryId), idBytes('delivery', a.deliveryId)));
});
afterAll(() => server.close());

/** How many statements the database gets while `work` runs, those of authentication apart: they are remembered for a while. */
const countStatements = async (work: () => Promise<unknown>): Promise<number> =>
  (await collectStatements(work)).filter((statement) => !statement.includes('api_keys')).length;

interface Connection {
  totalCount: number;
  nodes: { id: string }[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}
const PAGE =
  'totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const LIST = `query ($filter: DeliveryFilter, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  deliveries(filter: $filter, first: $first, after: $after, last: $last, before: $before) { ${PAGE} } }`;
const list = async (variables: object = {}) =>
  (await acme.client.ask<{ deliveries: Connection }>(LIST, variables)).deliveries;
const idsOf = ({ nodes }: Connection) => nodes.map(({ id }) => id);

describe('a list of deliveries', () => {
  it('is 50 long, newest first, and tells how many there are', async () => {
    const page = await list();
    expect(idsOf(page)).toEqual(seeded.slice(0, 50).map(({ deliveryId }) => deliveryId));
    expect(page.totalCount).toBe(DELIVERIES);
    expect(page.pageInfo).toEqual({
      ...{ hasNextPage: true, hasPreviousPage: false },
      ...{ startCursor: page.edges[0]?.cursor, endCursor: page.edges[49]?.cursor },
    });
  });

  it('is read from end to end without gap or repeat, in both directions', async () => {
    const all = seeded.map(({ deliveryId }) => deliveryId);
    const down: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const page: Connection = await list({ first: 7, after });
      down.push(...idsOf(page));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    expect(down).toEqual(all);
    const up: string[] = [];
    let before: string | undefined;
    for (let more = true; more;) {
      const page: Connection = await list({ last: 7, before });
      up.unshift(...idsOf(page));
      before = page.pageInfo.startCursor;
      more = page.pageInfo.hasPreviousPage;
    }
    expect(up).toEqual(all);
  });

  it('is filtered by type, status, endpoint, event and time', async () => {
    expect((await list({ filter: { types: ['order.paid'] } })).totalCount).toBe(30);
    expect((await list({ filter: { status: ['DEAD_LETTERED'] } })).totalCount).toBe(20);
    expect((await list({ filter: { types: ['order.paid'], status: ['DEAD_LETTERED'] } })).totalCount).toBe(
      10,
    );
    expect((await list({ filter: { types: [] } })).totalCount).toBe(0);
    expect((await list({ filter: { types: ['日本', 'order.paid'] } })).totalCount).toBe(30);
    expect((await list({ filter: { types: ['日本'] } })).totalCount).toBe(0);
    await expect(list({ filter: { types: Array.from({ length: 101 }, (_, n) => `a${n}`) } })).rejects.toThrow(
      'at most 100',
    );
    await expect(list({ filter: { types: ['order.paid', 'order.*'] } })).rejects.toThrow('by its exact name');
    await expect(acme.client.ask('{ events(filter: { types: ["#"] }) { totalCount } }')).rejects.toThrow(
      'by its exact name',
    );
    expect(await acme.client.ask('{ events(filter: { types: ["日本"] }) { totalCount } }')).toEqual({
      events: { totalCount: 0 },
    });
    expect((await list({ filter: { endpointId } })).totalCount).toBe(DELIVERIES);
    expect(idsOf(await list({ filter: { eventId: seeded[3]?.eventId } }))).toEqual([seeded[3]?.deliveryId]);
    const soon = new Date(Date.now() + 60_000).toISOString();
    expect((await list({ filter: { since: soon } })).totalCount).toBe(0);
    expect((await list({ filter: { until: soon, since: '2020-01-01T00:00:00Z' } })).totalCount).toBe(
      DELIVERIES,
    );
  });

  it.each<[string, object]>([
    ['first of 251', { first: 251 }],
    ['a negative first', { first: -1 }],
    ['first with last', { first: 1, last: 1 }],
    ['a cursor that is none', { after: 'nonsense' }],
    ['an id for a cursor', { after: 'dlv_01h455vb4pex5vsknk084sn02q' }],
    ['a cursor of a stream', { before: streamCursor('ten_01h455vb4pex5vsknk084sn02q', 4) }],
    ['a number for a cursor', { after: 5 }],
    ['a status that is none', { filter: { status: ['LOST'] } }],
    ['a time without offset', { filter: { since: '2026-01-01T00:00:00' } }],
  ])('refuses %s with BAD_USER_INPUT', async (_what, variables) => {
    expect(await acme.client.codeOf(LIST, variables)).toBe('BAD_USER_INPUT');
  });

  it.each<[string, string]>([
    ['deliveries', 'DeliveryFilter'],
    ['events', 'EventFilter'],
    ['auditLog', 'AuditFilter'],
  ])('refuses a time that ends before it begins in %s, as statistics do', async (field, type) => {
    const query = `query ($filter: ${type}) { ${field}(filter: $filter) { totalCount } }`;
    for (const until of ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']) {
      const { errors } = await server.operator.send(query, {
        filter: { since: '2026-01-02T00:00:00Z', until },
      });
      expect(errors).toMatchObject([
        { message: '`until` must be later than `since`.', extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
  });

  it('has cursors that are ids and nothing else', async () => {
    const [edge] = (await list({ first: 1 })).edges;
    expect(readListCursor(edge?.cursor ?? '')).toEqual(decodeId('delivery', edge?.node.id ?? ''));
  });
});

describe('what an answer costs', () => {
  const FULL = `query ($first: Int!) { deliveries(first: $first) { totalCount nodes {
    id event { id type data tenant { slug } } endpoint { id headers secret tenant { name } subscriptions { id } }
    subscription { id endpoint { id } } attempts { number responseBody requestBody } } } }`;

  it('is a fixed number of statements, however long the page', async () => {
    await acme.client.ask(FULL, { first: 1 });
    const one = await countStatements(() => acme.client.ask(FULL, { first: 1 }));
    const fifty = await countStatements(() => acme.client.ask(FULL, { first: 50 }));
    expect(one).toBeGreaterThan(5);
    expect(fifty).toBe(one);
    expect(fifty).toBeLessThanOrEqual(14);
  });

  it('is one more statement for the deliveries of all events on a page', async () => {
    const ask = (deliveries: string) => () =>
      acme.client.ask(`{ events(first: 50) { nodes { id ${deliveries} } } }`);
    const without = await countStatements(ask(''));
    const withThem = await countStatements(ask('deliveries(first: 5) { totalCount nodes { id } }'));
    expect(withThem - without).toBe(2);
  });
});

describe('an attempt', () => {
  it('shows the body that was sent, made again from the event in the format of its content type', async () => {
    const plain = await seedDelivery(server.database, {
      tenantId: acme.id,
      endpointId,
      subscriptionId,
      data: '{"n": 1.10}',
    });
    const cloud = await seedDelivery(server.database, {
      ...{ tenantId: acme.id, endpointId, subscriptionId, data: '{"n": 1.10}' },
      contentType: 'application/cloudevents+json; charset=utf-8',
    });
    const bodyOf = async (id: string) => {
      const { delivery } = await acme.client.ask<{
        delivery: { attempts: { requestBody: string; responseBody: string }[] };
      }>('query ($id: ID!) { delivery(id: $id) { attempts { requestBody responseBody } } }', { id });
      expect(delivery.attempts[0]?.responseBody).toBe('thanks');
      return delivery.attempts[0]?.requestBody;
    };
    expect(await bodyOf(plain.deliveryId)).toMatch(
      /^\{"type":"order.placed","timestamp":"[^"]+","data":\{"n": 1.10\}\}$/,
    );
    expect(await bodyOf(cloud.deliveryId)).toContain('"source":"/warren/acme"');
  });
});

describe('numbers that a double does not hold', () => {
  const BIG =
    '{"id":12345678901234567890,"price":0.1234567890123456789,"huge":1e400,"plain":1.5,"__proto__":{"polluted":true}}';

  async function post(body: string): Promise<string> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${acme.key}` };
    return (await fetch(server.url, { method: 'POST', headers, body })).text();
  }

  it('reach publishing digit for digit from variables', async () => {
    const query =
      'mutation ($data: JSON!) { eventPublish(input: { type: "a.b", data: $data }) { eventId userErrors { code } } }';
    await post(`{"query":${JSON.stringify(query)},"variables":{"data":${BIG}}}`);
    expect(stringify(published.at(-1)?.data)).toBe(BIG);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('reach publishing digit for digit from the document', async () => {
    const query = `mutation { eventPublish(input: { type: "a.b", data: { id: 12345678901234567890, list: [1, 0.1234567890123456789], __proto__: { polluted: true } } }) { eventId } }`;
    await post(JSON.stringify({ query }));
    expect(stringify(published.at(-1)?.data)).toBe(
      '{"id":12345678901234567890,"list":[1,0.1234567890123456789],"__proto__":{"polluted":true}}',
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('are in answers digit for digit', async () => {
    const { eventId } = await seedDelivery(server.database, {
      tenantId: acme.id,
      endpointId,
      subscriptionId,
      data: BIG,
    });
    const answer = await post(JSON.stringify({ query: `{ event(id: "${eventId}") { data } }` }));
    expect(answer.trim()).toBe(`{"data":{"event":{"data":${BIG}}}}`);
  });
});
