import { readListCursor } from '../../../src/api/cursor';
import type { DeliveryFilter, EventFilter } from '../../../src/domain/delivery/delivery-filter';
import { DELIVERY_STATUSES } from '../../../src/domain/delivery/delivery-status';
import type { PageRequest } from '../../../src/domain/page';
import type { ReplaySelection } from '../../../src/domain/replay';
import type { Database } from '../../../src/store/database';
import { makeDeliveryQueries } from '../../../src/store/deliveries/delivery-queries';
import { makeEventQueries } from '../../../src/store/events/event-queries';
import { deliveryWindow } from '../../../src/store/replays/replay-windows';
import type { Filled } from './lists-seed';
import type { Subject } from '../setting';

export type Work = () => Promise<unknown>;

export interface Case {
  /** Over HTTP. */
  ask: Work;
  /** The same list on the one connection of which the database's own count of rows can be asked. */
  look?: Work;
}

const DAY_MS = 86_400_000;
const LIST = `query ($filter: DeliveryFilter, $after: Cursor, $last: Int) {
  deliveries(filter: $filter, after: $after, last: $last) { nodes { id status attemptCount createdAt }
    pageInfo { hasNextPage endCursor } } }`;
const NESTED = `{ deliveries(first: 50) { nodes { id endpoint { name } event { type data }
  attempts { number responseStatus responseBody } } } }`;
const EVENTS = `query ($filter: EventFilter, $after: Cursor, $last: Int) {
  events(filter: $filter, after: $after, last: $last) { nodes { id type } pageInfo { hasNextPage endCursor } } }`;

export async function casesOf(
  subject: Subject,
  database: Database,
  { tenantId, endpointIds, fromMs, toMs }: Filled,
): Promise<Record<string, Case>> {
  const [endpointId = '', , unshipped = ''] = endpointIds;
  const quiet = endpointIds.at(-1) ?? '';
  const day = {
    since: new Date(toMs - 4 * DAY_MS).toISOString(),
    until: new Date(toMs - 3 * DAY_MS).toISOString(),
  };
  const deep = cursorAt((fromMs + toMs) / 2);
  const deliveryQueries = makeDeliveryQueries(database);
  const eventQueries = makeEventQueries(database);
  const list = (filter: Filter = {}, page: PageOf = {}): Case => ({
    ask: () => subject.ask(LIST, { filter, ...page }),
    look: () => deliveryQueries.list(tenantId, dated(filter), pageOf(page)),
  });
  const all = (filter: Filter = {}, page: PageOf = {}): Case => ({
    ask: () => subject.askAll(LIST, { filter, ...page }),
    look: () => deliveryQueries.list(null, dated(filter), pageOf(page)),
  });
  const events = (filter: Filter = {}, page: PageOf = {}): Case => ({
    ask: () => subject.ask(EVENTS, { filter, ...page }),
    look: () => eventQueries.list(tenantId, dated(filter), pageOf(page)),
  });
  const allEvents = (filter: Filter = {}): Case => ({
    ask: () => subject.askAll(EVENTS, { filter }),
    look: () => eventQueries.list(null, dated(filter), pageOf({})),
  });
  const ask = (query: string, variables?: object): Case => ({ ask: () => subject.ask(query, variables) });
  const eventId =
    (await subject.ask<{ events: { nodes: { id: string }[] } }>(EVENTS, { after: deep })).events.nodes[0]
      ?.id ?? '';
  const deliveryId = (await subject.ask<{ deliveries: { nodes: { id: string }[] } }>(LIST, { after: deep }))
    .deliveries.nodes[0]?.id;
  const window = (selection: ReplaySelection): Case => {
    const { sql, parameters } = deliveryWindow({ tenantId, selection, createdAt: new Date(), reached: null });
    const look = () => database.rows(sql, parameters);
    return { ask: look, look };
  };
  return {
    'first page': list(),
    'page deep inside': list(undefined, { after: deep }),
    'last page': list(undefined, { last: 50 }),
    endpoint: list({ endpointId }),
    'endpoint, deep': list({ endpointId }, { after: deep }),
    'quiet endpoint': list({ endpointId: quiet }),
    event: list({ eventId }),
    type: list({ types: ['order.paid'] }),
    'two types': list({ types: ['order.paid', 'order.shipped'] }),
    'rare type': list({ types: ['order.refunded'] }),
    'rare type, from the end': list({ types: ['order.refunded'] }, { last: 50 }),
    'type of nothing': list({ types: ['order.never'] }),
    ...Object.fromEntries(DELIVERY_STATUSES.map((status) => [status, list({ status: [status] })])),
    'two statuses': list({ status: ['DELIVERED', 'CANCELLED'] }),
    'all statuses': list({ status: DELIVERY_STATUSES }),
    'rare statuses': list({ status: ['DEAD_LETTERED', 'RETRYING'] }),
    'a day': list(day),
    'a day, endpoint': list({ ...day, endpointId }),
    'a day, type': list({ ...day, types: ['order.paid'] }),
    'a day, status': list({ ...day, status: ['DELIVERED'] }),
    'endpoint, status': list({ endpointId, status: ['DELIVERED'] }),
    'endpoint, rare status': list({ endpointId, status: ['DEAD_LETTERED'] }),
    'quiet endpoint, rare status': list({ endpointId: quiet, status: ['DEAD_LETTERED'] }),
    'endpoint, rare type': list({ endpointId, types: ['order.refunded'] }),
    'endpoint, type that never meet': list({ endpointId: unshipped, types: ['order.shipped'] }),
    'type, status': list({ types: ['order.paid'], status: ['DELIVERED'] }),
    'type, rare status': list({ types: ['order.placed'], status: ['DEAD_LETTERED'] }),
    'rare type, status': list({ types: ['order.refunded'], status: ['DELIVERED'] }),
    'endpoint, type, status, day': list({ ...day, endpointId, types: ['order.paid'], status: ['DELIVERED'] }),
    'all tenants: first page': all(),
    'all tenants: endpoint': all({ endpointId }),
    'all tenants: type': all({ types: ['order.paid'] }),
    'all tenants: rare type': all({ types: ['order.refunded'] }),
    ...Object.fromEntries(
      DELIVERY_STATUSES.map((status) => [`all tenants: ${status}`, all({ status: [status] })]),
    ),
    'all tenants: endpoint, rare status': all({ endpointId, status: ['DEAD_LETTERED'] }),
    '50 with endpoint, event, attempts': ask(NESTED),
    events: events(),
    'events, deep': events(undefined, { after: deep }),
    'events: type': events({ types: ['order.paid'] }),
    'events: two types': events({ types: ['order.paid', 'order.shipped'] }),
    'events: rare type': events({ types: ['order.refunded'] }),
    'events: day': events(day),
    'events: key': events({ idempotencyKey: 'key-10' }),
    'events: all tenants, rare type': allEvents({ types: ['order.refunded'] }),
    'events: all tenants, key': allEvents({ idempotencyKey: 'key-10' }),
    'events with deliveries': ask(
      '{ events { nodes { id deliveries(first: 5) { totalCount nodes { id } } } } }',
    ),
    node: ask('query ($id: ID!) { node(id: $id) { id } }', { id: deliveryId }),
    'routing of an event': ask('query ($id: ID!) { event(id: $id) { routing { matched reason } } }', {
      id: eventId,
    }),
    'statistics of a day': ask('query ($since: DateTime!) { deliveryStats(since: $since) { total } }', day),
    count: ask('{ deliveries(first: 1) { totalCount } }'),
    'count of a status': ask('{ deliveries(first: 1, filter: { status: DELIVERED }) { totalCount } }'),
    'count of an endpoint and a type': ask(
      `query ($filter: DeliveryFilter) { deliveries(first: 1, filter: $filter) { totalCount } }`,
      { filter: { endpointId, types: ['order.paid'] } },
    ),
    'count of events': ask('{ events(first: 1) { totalCount } }'),
    'replay, first batch of what is dead': window({}),
    'replay, first batch of an endpoint': window({ endpointId, status: ['DELIVERED', 'DEAD_LETTERED'] }),
  };
}

/** As the API writes them; the first six bytes of an id are its time. */
function cursorAt(ms: number): string {
  const time = Math.floor(ms).toString(16).padStart(12, '0');
  return Buffer.from(`k1:${time}${'0'.repeat(20)}`).toString('base64url');
}

type Filter = Omit<DeliveryFilter & EventFilter, 'since' | 'until'> & { since?: string; until?: string };
interface PageOf {
  after?: string;
  last?: number;
}

const dated = ({ since, until, ...filter }: Filter): DeliveryFilter & EventFilter => ({
  ...filter,
  ...(since === undefined ? {} : { since: new Date(since) }),
  ...(until === undefined ? {} : { until: new Date(until) }),
});

const pageOf = ({ after, last }: PageOf): PageRequest => ({
  limit: last ?? 50,
  fromEnd: last !== undefined,
  ...(after === undefined ? {} : { after: readListCursor(after) }),
});
