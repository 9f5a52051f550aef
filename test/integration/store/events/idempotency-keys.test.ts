import { newId } from '../../../../src/domain/ids';
import { makeDatabase, type Database } from '../../../../src/store/database';
import { claimKeys, resolveIds, type Keyed } from '../../../../src/store/events/idempotency-keys';
import { makeRoutingStore, type RoutingStore } from '../../../../src/store/events/routing-store';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';

const AT = new Date('2026-11-30T10:00:00.000Z');
const NEXT_DAY = new Date('2026-12-01T10:00:00.001Z');

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

const keyed = (idempotencyKey: string): Keyed => ({ id: newId('event'), tenantId, idempotencyKey });
const idsOf = (events: readonly Keyed[]): string[] => events.map(({ id }) => id);

let runs = 0;

/** As the API takes keys, and a router that writes first. */
const claimInTransaction = (events: readonly Keyed[], at: Date): Promise<string[]> =>
  database.transaction((sql) => {
    runs++;
    return resolveIds(events, (claims) => claimKeys(sql, claims, at));
  });

it('gives each event its own id while its key is new, the second of a key the first one’s', async () => {
  const events = [keyed('a'), keyed('b'), keyed('a')];
  expect(await store.claimIds(events, AT)).toEqual([events[0]?.id, events[1]?.id, events[0]?.id]);
  const later = [keyed('c'), keyed('b')];
  expect(await store.claimIds(later, AT)).toEqual([later[0]?.id, events[1]?.id]);
});

it('gives the same when it is asked again', async () => {
  const events = [keyed('a'), keyed('b')];
  const ids = await store.claimIds(events, AT);
  expect(ids).toEqual(idsOf(events));
  expect(await store.claimIds(events, AT)).toEqual(ids);
});

it('does not mix up the same key of two tenants', async () => {
  const mine = keyed('a');
  const theirs = { ...keyed('a'), tenantId: newId('tenant') };
  expect(await store.claimIds([mine, theirs], AT)).toEqual([mine.id, theirs.id]);
});

it('gives a key that is a day old to one of those who ask', async () => {
  await store.claimIds([keyed('a')], AT);
  const events = Array.from({ length: 8 }, () => keyed('a'));
  const owners = await Promise.all(events.map((event) => store.claimIds([event], NEXT_DAY)));
  expect(new Set(owners.flat()).size).toBe(1);
  expect(idsOf(events)).toContain(owners[0]?.[0]);
});

it('agrees on one owner for all who ask at once, and nobody gets into another’s way', async () => {
  runs = 0;
  const keys = ['a', 'b', 'c', 'd', 'e'];
  const claims = Array.from({ length: 40 }, (_, index) =>
    index % 2 === 0 ? claimInTransaction(keys.map(keyed), AT) : store.claimIds(keys.map(keyed), AT),
  );
  const owners = await Promise.all(claims);
  expect(new Set(owners.map(String)).size).toBe(1);
  // A transaction that meets a deadlock runs again.
  expect(runs).toBe(20);
});
