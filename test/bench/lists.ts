import { DELIVERY_STATUSES } from '../../src/domain/delivery-status';
import { makeDataSource } from '../../src/store/data-source';
import { makeDatabase, type Database } from '../../src/store/database';
import { deliveryWindow } from '../../src/store/replay-windows';
import { DAYS, fillLists, type Filled } from './lists-seed';
import { median, round, startSubject, type Bench, type Ground, type Subject } from './setting';

/**
 * What the lists of the API cost at so many deliveries, over HTTP: `npm run bench -- lists`, and with `--large` at five
 * million too. Every list should cost the same at every size.
 */
const SIZES = [10_000, 1_000_000];
const LARGE = 5_000_000;
const RUNS = 21;
const MOST_MS_PER_CASE = 8_000;
const DAY_MS = 86_400_000;
const ENDPOINTS = 21;

export const lists: Bench = async (ground) => {
  const sizes = process.argv.includes('--large') ? [...SIZES, LARGE] : SIZES;
  const medianMs: Record<string, number[]> = {};
  const seconds: number[] = [];
  for (const size of sizes) {
    ground.report(`${size} deliveries`);
    const { times, seedSeconds } = await measureSize(ground, size);
    seconds.push(seedSeconds);
    for (const [name, ms] of Object.entries(times)) (medianMs[name] ??= []).push(ms);
  }
  const ratio = Object.fromEntries(
    Object.entries(medianMs).map(([name, ms]) => [name, round((ms.at(-1) ?? 0) / (ms[0] ?? 1), 2)]),
  );
  return { sizes, days: DAYS, seedSeconds: seconds, medianMs, ratio };
};

async function measureSize(
  ground: Ground,
  deliveries: number,
): Promise<{ times: Record<string, number>; seedSeconds: number }> {
  const subject = await startSubject(ground, []);
  const url = new URL(ground.databaseUrl);
  url.pathname = `/${subject.namespace}`;
  const source = await makeDataSource({ url: url.toString(), connectionLimit: 2 }).initialize();
  try {
    const database = makeDatabase(source);
    const startMs = performance.now();
    const filled = await fillLists(database, { ...(await configure(subject)), deliveries });
    const seedSeconds = round((performance.now() - startMs) / 1000);
    ground.report(`filled in ${seedSeconds} s`);
    return { times: await measure(ground, subject, database, filled), seedSeconds };
  } finally {
    await source.destroy();
    await subject.stop();
  }
}

async function configure(
  subject: Subject,
): Promise<{ tenantId: string; subscriptionId: string; endpointIds: string[] }> {
  const endpointIds: string[] = [];
  let subscriptionId = '';
  for (let index = 0; index < ENDPOINTS; index++) {
    const { endpointCreate: created } = await subject.ask<{
      endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
    }>(`mutation { endpointCreate(input: { url: "http://127.0.0.1:9/", eventTypes: ["order.#"] }) {
      endpoint { id subscriptions { id } } userErrors { message } } }`);
    endpointIds.push(created.endpoint.id);
    subscriptionId = created.endpoint.subscriptions[0]?.id ?? '';
  }
  const { tenant } = await subject.ask<{ tenant: { id: string } }>('{ tenant(slug: "bench") { id } }');
  return { tenantId: tenant.id, subscriptionId, endpointIds };
}

type Work = () => Promise<unknown>;

async function measure(
  ground: Ground,
  subject: Subject,
  database: Database,
  filled: Filled,
): Promise<Record<string, number>> {
  const cases = await casesOf(subject, database, filled);
  const times: Record<string, number> = {};
  for (const [name, work] of Object.entries(cases)) {
    times[name] = await time(work);
    ground.report(`  ${name}: ${times[name]} ms`);
  }
  return times;
}

async function time(work: Work): Promise<number> {
  const untilMs = performance.now() + MOST_MS_PER_CASE;
  const times: number[] = [];
  await work();
  for (let run = 0; run < RUNS && (run < 3 || performance.now() < untilMs); run++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return round(median(times), 2);
}

const LIST = `query ($filter: DeliveryFilter, $after: Cursor, $last: Int) {
  deliveries(filter: $filter, after: $after, last: $last) { nodes { id status attemptCount createdAt }
    pageInfo { hasNextPage endCursor } } }`;
const NESTED = `{ deliveries(first: 50) { nodes { id endpoint { name } event { type data }
  attempts { number responseStatus responseBody } } } }`;
const EVENTS = `query ($filter: EventFilter, $after: Cursor, $last: Int) {
  events(filter: $filter, after: $after, last: $last) { nodes { id type } pageInfo { hasNextPage endCursor } } }`;

async function casesOf(
  subject: Subject,
  database: Database,
  { tenantId, endpointIds, fromMs, toMs }: Filled,
): Promise<Record<string, Work>> {
  const [endpointId = '', , unshipped = ''] = endpointIds;
  const quiet = endpointIds.at(-1);
  const day = {
    since: new Date(toMs - 4 * DAY_MS).toISOString(),
    until: new Date(toMs - 3 * DAY_MS).toISOString(),
  };
  const deep = cursorAt((fromMs + toMs) / 2);
  const list = (filter?: object, page: object = {}) => subject.ask(LIST, { filter, ...page });
  const all = (filter?: object, page: object = {}) => subject.askAll(LIST, { filter, ...page });
  const events = (filter?: object, page: object = {}) => subject.ask(EVENTS, { filter, ...page });
  const eventId = (await subject.ask<{ events: { nodes: { id: string }[] } }>(EVENTS, { after: deep })).events
    .nodes[0]?.id;
  const deliveryId = (await subject.ask<{ deliveries: { nodes: { id: string }[] } }>(LIST, { after: deep }))
    .deliveries.nodes[0]?.id;
  const window = (selection: object): Work => {
    const { sql, parameters } = deliveryWindow({ tenantId, selection, createdAt: new Date(), reached: null });
    return () => database.rows(sql, parameters);
  };
  return {
    'first page': () => list(),
    'page deep inside': () => list(undefined, { after: deep }),
    'last page': () => list(undefined, { last: 50 }),
    endpoint: () => list({ endpointId }),
    'endpoint, deep': () => list({ endpointId }, { after: deep }),
    'quiet endpoint': () => list({ endpointId: quiet }),
    event: () => list({ eventId }),
    type: () => list({ types: ['order.paid'] }),
    'two types': () => list({ types: ['order.paid', 'order.shipped'] }),
    'rare type': () => list({ types: ['order.refunded'] }),
    'rare type, from the end': () => list({ types: ['order.refunded'] }, { last: 50 }),
    'type of nothing': () => list({ types: ['order.never'] }),
    ...Object.fromEntries(DELIVERY_STATUSES.map((status) => [status, () => list({ status: [status] })])),
    'two statuses': () => list({ status: ['DELIVERED', 'CANCELLED'] }),
    'all statuses': () => list({ status: DELIVERY_STATUSES }),
    'rare statuses': () => list({ status: ['DEAD_LETTERED', 'RETRYING'] }),
    'a day': () => list(day),
    'a day, endpoint': () => list({ ...day, endpointId }),
    'a day, type': () => list({ ...day, types: ['order.paid'] }),
    'a day, status': () => list({ ...day, status: ['DELIVERED'] }),
    'endpoint, status': () => list({ endpointId, status: ['DELIVERED'] }),
    'endpoint, rare status': () => list({ endpointId, status: ['DEAD_LETTERED'] }),
    'quiet endpoint, rare status': () => list({ endpointId: quiet, status: ['DEAD_LETTERED'] }),
    'endpoint, rare type': () => list({ endpointId, types: ['order.refunded'] }),
    'endpoint, type that never meet': () => list({ endpointId: unshipped, types: ['order.shipped'] }),
    'type, status': () => list({ types: ['order.paid'], status: ['DELIVERED'] }),
    'type, rare status': () => list({ types: ['order.placed'], status: ['DEAD_LETTERED'] }),
    'rare type, status': () => list({ types: ['order.refunded'], status: ['DELIVERED'] }),
    'endpoint, type, status, day': () =>
      list({ ...day, endpointId, types: ['order.paid'], status: ['DELIVERED'] }),
    'all tenants: first page': () => all(),
    'all tenants: endpoint': () => all({ endpointId }),
    'all tenants: type': () => all({ types: ['order.paid'] }),
    'all tenants: rare type': () => all({ types: ['order.refunded'] }),
    ...Object.fromEntries(
      DELIVERY_STATUSES.map((status) => [`all tenants: ${status}`, () => all({ status: [status] })]),
    ),
    'all tenants: endpoint, rare status': () => all({ endpointId, status: ['DEAD_LETTERED'] }),
    '50 with endpoint, event, attempts': () => subject.ask(NESTED),
    events: () => events(),
    'events, deep': () => events(undefined, { after: deep }),
    'events: type': () => events({ types: ['order.paid'] }),
    'events: two types': () => events({ types: ['order.paid', 'order.shipped'] }),
    'events: rare type': () => events({ types: ['order.refunded'] }),
    'events: day': () => events(day),
    'events: key': () => events({ idempotencyKey: 'key-10' }),
    'events: all tenants, rare type': () => subject.askAll(EVENTS, { filter: { types: ['order.refunded'] } }),
    'events: all tenants, key': () => subject.askAll(EVENTS, { filter: { idempotencyKey: 'key-10' } }),
    'events with deliveries': () =>
      subject.ask('{ events { nodes { id deliveries(first: 5) { totalCount nodes { id } } } } }'),
    node: () => subject.ask('query ($id: ID!) { node(id: $id) { id } }', { id: deliveryId }),
    'routing of an event': () =>
      subject.ask('query ($id: ID!) { event(id: $id) { routing { matched reason } } }', { id: eventId }),
    'statistics of a day': () =>
      subject.ask('query ($since: DateTime!) { deliveryStats(since: $since) { total } }', day),
    count: () => subject.ask('{ deliveries(first: 1) { totalCount } }'),
    'count of a status': () =>
      subject.ask('{ deliveries(first: 1, filter: { status: DELIVERED }) { totalCount } }'),
    'count of an endpoint and a type': () =>
      subject.ask(
        `query ($filter: DeliveryFilter) { deliveries(first: 1, filter: $filter) { totalCount } }`,
        { filter: { endpointId, types: ['order.paid'] } },
      ),
    'count of events': () => subject.ask('{ events(first: 1) { totalCount } }'),
    'replay, first batch of what is dead': window({}),
    'replay, first batch of an endpoint': window({ endpointId, status: ['DELIVERED', 'DEAD_LETTERED'] }),
  };
}

/** As the API writes them; the first six bytes of an id are its time. */
function cursorAt(ms: number): string {
  const time = Math.floor(ms).toString(16).padStart(12, '0');
  return Buffer.from(`k1:${time}${'0'.repeat(20)}`).toString('base64url');
}
