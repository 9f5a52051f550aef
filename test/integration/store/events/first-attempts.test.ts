import { deliveryIdFor, idBytes, newId } from '../../../../src/domain/ids';
import type { Attempt } from '../../../../src/domain/delivery/outcome';
import type { EventToRoute } from '../../../../src/domain/routing/routed-event';
import { makeDatabase, type Database } from '../../../../src/store/database';
import { makeRoutingStore, type RoutingStore } from '../../../../src/store/events/routing-store';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';

const SINCE = new Date('2026-11-30T10:00:00.000Z');
const AT = new Date('2026-11-30T10:00:00.040Z');
const subscriptions = [newId('subscription'), newId('subscription')] as const;

let test: TestDatabase;
let database: Database;
let store: RoutingStore;
let tenantId: string;

beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
  store = makeRoutingStore(database);
}, 60_000);
afterAll(() => test.drop());
beforeEach(() => (tenantId = newId('tenant')));

const attempt = (): Attempt => ({
  ...{ number: 1, at: SINCE, durationMs: 12, requestHeaders: { a: 'b' }, requestBody: null },
  response: { status: 204, headers: {}, body: Buffer.from('thanks') },
});

/** An event for two subscriptions of one endpoint, of which the first `delivered` have it already. */
function entry(delivered: number, more: Partial<EventToRoute> = {}): EventToRoute {
  const event = {
    ...{ id: newId('event'), tenantId, type: 'order.placed', version: 1, data: Buffer.from('{}') },
    ...{ occurredAt: SINCE, receivedAt: SINCE },
  };
  const endpointId = newId('endpoint');
  const deliveryIds = subscriptions.map((id) => deliveryIdFor(event.id, id));
  const ids = deliveryIds.slice(0, delivered);
  return {
    ...{ event, configVersion: 1, lackedScope: null, suspect: false, redelivered: false },
    targets: subscriptions.map((subscriptionId) => ({ subscriptionId, endpointId, status: 'PENDING' })),
    attempted: { since: SINCE, deliveryIds, delivered: new Map(ids.map((id) => [id, attempt()])) },
    ...more,
  };
}

const rowsOf = (event: EventToRoute['event']) =>
  database.rows<{ status: number; attempt_count: number; created_at: Date; delivered_at: Date | null }>(
    `select status, attempt_count, next_attempt_at is null as is_over, created_at, delivered_at from deliveries
     where event_id = ? order by status`,
    [idBytes('event', event.id)],
  );

const changesOf = () =>
  database.rows<{ seq: string; status: number; attempt: number; at: Date }>(
    'select seq, status, attempt, at from delivery_changes where tenant_id = ? order by seq',
    [idBytes('tenant', tenantId)],
  );

it('writes what was delivered at once as it ended, and the rest as PENDING', async () => {
  const one = entry(1);
  const [routed] = await store.routeEvents([one], AT);
  expect(await rowsOf(one.event)).toMatchObject([
    { status: 1, attempt_count: 0, is_over: 0, created_at: AT, delivered_at: null },
    { status: 4, attempt_count: 1, is_over: 1, created_at: SINCE, delivered_at: AT },
  ]);
  expect(routed).toMatchObject({
    kind: 'fresh',
    deliveries: [
      { status: 'DELIVERED', seq: 2 },
      { status: 'PENDING', seq: 3 },
    ],
  });
});

it('tells who watches of both changes, each with its time', async () => {
  await store.routeEvents([entry(1)], AT);
  expect((await changesOf()).map(({ seq, ...change }) => ({ ...change, seq: Number(seq) }))).toEqual([
    { seq: 1, status: 1, attempt: 0, at: SINCE },
    { seq: 2, status: 4, attempt: 1, at: AT },
    { seq: 3, status: 1, attempt: 0, at: AT },
  ]);
});

it('puts the attempts on record and counts them', async () => {
  const one = entry(2);
  await store.routeEvents([one], AT);
  const ids = subscriptions.map((id) => idBytes('delivery', deliveryIdFor(one.event.id, id)));
  const attempts = await database.rows<{ number: number; ok: number; response_body: Buffer }>(
    'select number, ok, response_status, response_body from delivery_attempts where delivery_id in (?)',
    [ids],
  );
  expect(attempts).toEqual(
    ids.map(() => ({ number: 1, ok: 1, response_status: 204, response_body: Buffer.from('thanks') })),
  );
  const [sums] = await database.rows<Record<string, string>>(
    `select sum(attempts) as attempts, sum(failed) as failed, sum(pending) as pending, sum(delivered) as delivered
     from stat_deltas where subject_id = ?`,
    [idBytes('tenant', tenantId)],
  );
  expect(Object.fromEntries(Object.entries(sums ?? {}).map(([name, sum]) => [name, Number(sum)]))).toEqual({
    ...{ attempts: 2, failed: 0, pending: 0, delivered: 2 },
  });
});

it('leaves outcomes to the recorder when the event turns out to be on record', async () => {
  const one = entry(0);
  await store.routeEvents([one], AT);
  const again = { ...one, attempted: entry(2, { event: one.event }).attempted };
  const fresh = entry(2);
  const [twin, other] = await store.routeEvents([again, fresh], AT);
  expect(twin).toMatchObject({ kind: 'twin' });
  expect((await rowsOf(one.event)).map(({ status }) => status)).toEqual([1, 1]);
  // The batch is written anew, without what was known of attempts.
  expect(other).toMatchObject({ kind: 'fresh', deliveries: [{ status: 'PENDING' }, { status: 'PENDING' }] });
  expect((await rowsOf(fresh.event)).map(({ status }) => status)).toEqual([1, 1]);
});
