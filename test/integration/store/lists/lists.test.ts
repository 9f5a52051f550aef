import { matchesFilter, type DeliveryFilter } from '../../../../src/domain/delivery/delivery-filter';
import {
  DELIVERY_STATUSES,
  STATUS_CODES,
  type DeliveryStatus,
} from '../../../../src/domain/delivery/delivery-status';
import { deliveryIdFor, encodeId, idBytes, idFloor, newId } from '../../../../src/domain/ids';
import type { Page, PageRequest } from '../../../../src/domain/page';
import { countAlong } from '../../../../src/store/lists/count-along';
import { makeDatabase, type Database } from '../../../../src/store/database';
import { deliveryListing } from '../../../../src/store/lists/delivery-listing';
import { makeDeliveryQueries } from '../../../../src/store/deliveries/delivery-queries';
import { makeEventQueries } from '../../../../src/store/events/event-queries';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';

/** Lists against what they are defined to be: every delivery that the filter lets through, newest first. */

interface Row {
  deliveryId: string;
  eventId: string;
  eventType: string;
  endpointId: string;
  tenantId: string;
  status: DeliveryStatus;
}

const DELIVERIES = 13_000;
const FROM_MS = Date.UTC(2026, 0, 2);
const STEP_MS = 20_000;
const TYPES = ['order.placed', 'order.paid', 'order.shipped', 'order.rare'];

const tenants = [newId('tenant'), newId('tenant')];
const endpoints = Array.from({ length: 5 }, () => newId('endpoint'));
const subscriptionId = newId('subscription');
let test: TestDatabase;
let database: Database;
let rows: Row[];
let deliveries: ReturnType<typeof makeDeliveryQueries>;

/** Endpoint 4 is the second tenant's; endpoint 3 gets nothing that is `order.shipped`. */
function rowOf(n: number): Row {
  const isOther = n % 50 === 0;
  const named = n === 101 || n === 12_001 ? 'order.rare' : (TYPES[n % 3] ?? '');
  // Differs by case alone, and is a type of its own.
  const eventType = n % 40 === 0 ? named.replace('order', 'Order') : named;
  const place = (n >> 2) % 4;
  const endpointId = endpoints[isOther ? 4 : eventType === 'order.shipped' && place === 3 ? 0 : place] ?? '';
  const atMs = FROM_MS + n * STEP_MS;
  const floor = idFloor(atMs);
  floor.writeUInt32BE(n + 1, 10);
  floor[6] = 0x70;
  floor[8] = 0x80;
  const eventId = encodeId('event', floor);
  const isDead = n % 1300 === 7;
  const status = isDead
    ? 'DEAD_LETTERED'
    : n % 7 === 0
      ? 'PENDING'
      : n % 11 === 0
        ? 'CANCELLED'
        : 'DELIVERED';
  return {
    ...{ eventId, eventType, endpointId, status, tenantId: tenants[isOther ? 1 : 0] ?? '' },
    deliveryId: deliveryIdFor(eventId, subscriptionId),
  };
}

beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
  deliveries = makeDeliveryQueries(database);
  const at = new Date(FROM_MS);
  for (const table of ['events', 'deliveries']) {
    const days = ['p1', 'p2'].map(
      (name, day) =>
        `partition ${name} values less than (x'${idFloor(FROM_MS + (day + 1) * 86_400_000).toString('hex')}')`,
    );
    await database.write(
      `alter table ${table} reorganize partition p_future into (${days.join(', ')}, partition p_future values less than (maxvalue))`,
    );
  }
  for (const [index, id] of endpoints.entries()) {
    await database.write(
      `insert into endpoints (id, tenant_id, name, url, description, status, payload_format, timeout_ms,
         signature_scheme, config_version, created_at, updated_at)
       values (?, ?, '', 'http://127.0.0.1:9/', '', 'ACTIVE', 'STANDARD', 15000, 'HMAC_SHA256', 1, ?, ?)`,
      [idBytes('endpoint', id), idBytes('tenant', tenants[index === 4 ? 1 : 0] ?? ''), at, at],
    );
  }
  const made = Array.from({ length: DELIVERIES }, (_, n) => rowOf(n));
  for (let from = 0; from < DELIVERIES; from += 2000) {
    const part = made.slice(from, from + 2000);
    await database.write(
      'insert into events (id, tenant_id, type, version, data, occurred_at, received_at, idempotency_key) values ?',
      [
        part.map(({ eventId, tenantId, eventType }, index) => [
          ...[idBytes('event', eventId), idBytes('tenant', tenantId), eventType, 1, '{}', at, at],
          from + index === 300 ? 'once' : null,
        ]),
      ],
    );
    await database.write(
      `insert into deliveries (id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, attempt_count,
         run_start, generation, next_attempt_at, created_at, updated_at) values ?`,
      [
        part.map((row) => [
          ...[
            idBytes('delivery', row.deliveryId),
            idBytes('tenant', row.tenantId),
            idBytes('event', row.eventId),
          ],
          ...[idBytes('endpoint', row.endpointId), idBytes('subscription', subscriptionId), row.eventType],
          ...[STATUS_CODES[row.status], 1, 0, 0, row.status === 'PENDING' ? at : null, at, at],
        ]),
      ],
    );
  }
  rows = made.reverse();
}, 120_000);
afterAll(() => test.drop());

const [acme = '', other = ''] = tenants;
const [busy = '', , , unshipped = '', foreign = ''] = endpoints;
const day = { since: new Date(FROM_MS + 86_400_000), until: new Date(FROM_MS + 2 * 86_400_000) };

const expected = (tenantId: string | null, filter: DeliveryFilter): string[] =>
  rows
    .filter((row) => (tenantId === null || row.tenantId === tenantId) && matchesFilter(row, filter))
    .map(({ deliveryId }) => deliveryId);

interface Reading {
  ids: string[];
  pages: Page<{ id: string }>[];
}

/** Page by page as a client does. */
async function readAll(tenantId: string | null, filter: DeliveryFilter, fromEnd: boolean): Promise<Reading> {
  const reading: Reading = { ids: [], pages: [] };
  let edge: Buffer | undefined;
  for (let more = true; more;) {
    const place: Partial<PageRequest> = edge ? (fromEnd ? { before: edge } : { after: edge }) : {};
    const page = await deliveries.list(tenantId, filter, { limit: 250, fromEnd, ...place });
    const ids = page.items.map(({ id }) => id);
    reading.ids = fromEnd ? [...ids, ...reading.ids] : [...reading.ids, ...ids];
    reading.pages.push(page);
    more = fromEnd ? page.hasPreviousPage : page.hasNextPage;
    const last = fromEnd ? ids[0] : ids.at(-1);
    edge = (fromEnd ? page.start : page.end) ?? (last ? idBytes('delivery', last) : undefined);
    if (reading.pages.length > 200) throw new Error('it never ends');
  }
  return reading;
}

const FILTERS: [name: string, tenantId: string | null, filter: DeliveryFilter][] = [
  ['nothing', acme, {}],
  ['an endpoint', acme, { endpointId: busy }],
  ['two types', acme, { types: ['order.paid', 'order.rare', 'order.paid'] }],
  ['a rare type', acme, { types: ['order.rare'] }],
  ['a type in capitals', acme, { types: ['Order.paid', 'ORDER.SHIPPED'] }],
  ['an endpoint and a type in capitals', acme, { endpointId: busy, types: ['Order.placed'] }],
  [
    'more types than there are runs',
    acme,
    { types: ['order.rare', ...Array.from({ length: 30 }, (_, n) => `none.${n}`)] },
  ],
  ['two statuses', acme, { status: ['DEAD_LETTERED', 'CANCELLED'] }],
  ['all statuses', acme, { status: DELIVERY_STATUSES }],
  ['no type at all', acme, { types: [] }],
  ['no status at all', acme, { status: [] }],
  ['an endpoint and a status', acme, { endpointId: busy, status: ['DEAD_LETTERED'] }],
  ['an endpoint and a type that never meet', acme, { endpointId: unshipped, types: ['order.shipped'] }],
  ['a type and a status', acme, { types: ['order.paid'], status: ['DEAD_LETTERED', 'PENDING'] }],
  ['everything', acme, { ...day, endpointId: busy, types: ['order.paid'], status: ['DELIVERED'] }],
  ['a day', acme, day],
  ['a day and a type', acme, { ...day, types: ['order.placed'] }],
  ['another tenant’s endpoint', acme, { endpointId: foreign }],
  ['an endpoint that is not there', acme, { endpointId: newId('endpoint') }],
  ['a malformed id', acme, { endpointId: 'ep_nonsense' }],
  ['another tenant', other, { status: ['PENDING'] }],
  ['all tenants', null, {}],
  ['all tenants, a status that is settled', null, { status: ['DEAD_LETTERED'] }],
  ['all tenants, statuses of both kinds', null, { status: ['PENDING', 'CANCELLED'] }],
  ['all tenants, a rare type', null, { types: ['order.rare'] }],
  ['all tenants, a type and a status', null, { types: ['order.paid'], status: ['DEAD_LETTERED'] }],
  ['all tenants, an endpoint and a status', null, { endpointId: foreign, status: ['DELIVERED'] }],
];

describe('a list of deliveries by', () => {
  it.each(FILTERS)('%s has all of them, each once, in order, from both ends', async (_, tenantId, filter) => {
    const wanted = expected(tenantId, filter);
    expect((await readAll(tenantId, filter, false)).ids).toEqual(wanted);
    expect((await readAll(tenantId, filter, true)).ids).toEqual(wanted);
    const listing = await deliveryListing(database, tenantId, filter);
    const all = { entries: DELIVERIES, rows: DELIVERIES };
    expect(await countAlong(database, listing, all)).toEqual({ count: wanted.length, isExact: true });
  });

  it('an event has its deliveries, whoever else has many', async () => {
    const row = rows[77];
    expect((await readAll(acme, { eventId: row?.eventId ?? '' }, false)).ids).toEqual([row?.deliveryId]);
    expect((await readAll(other, { eventId: row?.eventId ?? '' }, false)).ids).toEqual([]);
  });
});

describe('a page that would have to look at too much', () => {
  it('ends short, and says where to go on', async () => {
    // Nothing has the type from the 999th newest to the 12,900th: farther than one page looks.
    const { pages, ids } = await readAll(null, { types: ['order.rare'] }, false);
    expect(ids).toHaveLength(2);
    expect(pages.filter(({ items }) => items.length === 0).length).toBeGreaterThan(9);
    for (const page of pages.slice(0, -1))
      expect(page).toMatchObject({ hasNextPage: true, end: expect.any(Buffer) as Buffer });
    expect(pages.at(-1)).toMatchObject({ hasNextPage: false });
  });

  it.each<[string, string | null, DeliveryFilter, number]>([
    // 1,000 entries to choose by on each of two ways, and as many again; all of them are 13,000.
    ['a settled status over all tenants', null, { status: ['DELIVERED'] }, 5000],
    ['a rare type', acme, { types: ['order.rare'] }, 200],
    ['a status', acme, { status: ['DELIVERED'] }, 200],
    ['a day', acme, day, 200],
  ])('is not one of %s: an index leads to it in its order', async (_, tenantId, filter, most) => {
    expect(await rowsReadBy(tenantId, filter)).toBeLessThan(most);
  });
});

async function rowsReadBy(tenantId: string | null, filter: DeliveryFilter): Promise<number> {
  const runner = test.dataSource.createQueryRunner();
  try {
    const one: Database = {
      ...database,
      rows: async (sql, parameters) => (await runner.query(sql, parameters)) as never,
    };
    const reads = async (): Promise<number> => {
      const found = (await runner.query("show session status like 'Handler_read%'")) as {
        Variable_name: string;
        Value: string;
      }[];
      return found
        .filter(({ Variable_name: name }) => /_(first|key|last|next|prev)$/.test(name))
        .reduce((sum, { Value }) => sum + Number(Value), 0);
    };
    const before = await reads();
    await makeDeliveryQueries(one).list(tenantId, filter, { limit: 50, fromEnd: false });
    return (await reads()) - before;
  } finally {
    await runner.release();
  }
}

it('a count says when it stopped early', async () => {
  const limits = { entries: 1000, rows: 500 };
  const count = async (filter: DeliveryFilter) =>
    countAlong(database, await deliveryListing(database, acme, filter), limits);
  expect(await count({})).toEqual({ count: 1000, isExact: false });
  expect(await count({ status: ['DEAD_LETTERED'] })).toMatchObject({ isExact: true });
  const some = await count({ endpointId: busy, status: ['DELIVERED'] });
  expect(some.isExact).toBe(false);
  expect(some.count).toBeGreaterThan(0);
  expect(some.count).toBeLessThanOrEqual(500);
});

it('events are listed by type, key and day, of one tenant and of all', async () => {
  const events = makeEventQueries(database);
  const ids = async (tenantId: string | null, filter: Parameters<typeof events.list>[1]) =>
    (await events.list(tenantId, filter, { limit: 250, fromEnd: false })).items.map(({ id }) => id);
  const rare = rows.filter(({ eventType }) => eventType === 'order.rare').map(({ eventId }) => eventId);
  expect(await ids(acme, { types: ['order.rare'] })).toEqual(rare);
  expect(await ids(acme, { types: ['Order.rare'] })).toEqual([]);
  expect(await ids(acme, { types: [] })).toEqual([]);
  const once = rows.filter(({ eventId }) => eventId === rowOf(300).eventId);
  expect(await ids(once[0]?.tenantId ?? '', { idempotencyKey: 'once' })).toEqual([once[0]?.eventId]);
  expect(await ids(acme, { idempotencyKey: 'once', types: ['order.rare'] })).toEqual([]);
  expect(await events.count(null, day)).toEqual({ count: 4320, isExact: true });
});
