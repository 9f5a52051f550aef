import { examine } from '../../src/cli/doctor/doctor';
import { readConfig } from '../../src/config';
import { STATUS_CODES } from '../../src/domain/delivery/delivery-status';
import { shardOf } from '../../src/domain/delivery/shards';
import { parseDue } from '../../src/messages/delivery-due';
import type { GetMessageLike } from '../support/outsiders/stranger';
import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const SHARDS = 4;
/** Of the queues, and of the routing keys. */
const QUEUES = ['deliver', 'deliver.1', 'deliver.2', 'deliver.3'];
const KEYS = ['due', 'due.1', 'due.2', 'due.3'];

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
/** Two endpoints for each shard, by path. */
const paths = new Map<string, string>();

beforeAll(async () => {
  warren = await deployWarren({
    WARREN_SHARDS: String(SHARDS),
    WARREN_RETRY_SCHEDULE: '2',
    WARREN_WINDOW: '40',
    WARREN_CIRCUIT_FAILURES: '1000000',
    // All of it over the broker.
    WARREN_DIRECT_DISPATCH: 'false',
  });
  receiver = await startReceiver();
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api', WARREN_SHARDS: '1' });
  acme = await warren.tenant('acme', graphqlUrl);
  const left = QUEUES.map(() => 2);
  for (let n = 0; left.some((count) => count > 0); n++) {
    const path = `/spread/${n}`;
    const { id } = await acme.endpoint({ url: receiver.url(path), eventTypes: ['spread.#'] });
    const shard = shardOf(id, SHARDS);
    left[shard] = (left[shard] ?? 0) - 1;
    paths.set(path, id);
  }
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const depths = (queues: readonly string[]): Promise<number[]> =>
  Promise.all(queues.map((queue) => warren.stranger.depth(warren.queue(queue))));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const typeOf = ({ headers }: Arrival): string => String(headers['warren-event-type']);
const arrivalsOf = (type: string, attempt: number): Arrival[] =>
  receiver.arrivals.filter((arrival) => typeOf(arrival) === type && arrival.attempt === attempt);

/** Deliveries in each shard, for so many events. */
function shares(events: number): number[] {
  const counts = QUEUES.map(() => 0);
  for (const id of paths.values()) {
    const shard = shardOf(id, SHARDS);
    counts[shard] = (counts[shard] ?? 0) + events;
  }
  return counts;
}

const publishMany = (type: string, events: number): Promise<unknown> =>
  Promise.all(Array.from({ length: events }, (_, n) => warren.publish('acme', type, { n })));

async function deliveredOf(type: string): Promise<number> {
  const [row] = await warren.sql<{ n: string }>(
    `select count(*) as n from deliveries d join events e on e.id = d.event_id where e.type = ? and d.status = ?`,
    [type, STATUS_CODES.DELIVERED],
  );
  return Number(row?.n);
}

const numberIn = (body: Buffer): number => (JSON.parse(body.toString()) as { data: { n: number } }).data.n;
const isOdd = (body: Buffer): boolean => numberIn(body) % 2 === 1;

it('spreads deliveries over four queues, brings retries back to the same, and loses nothing of a killed worker', async () => {
  const EVENTS = 8;
  const router = await warren.start({ WARREN_ROLES: 'router' });
  await acme.endpoint({ url: receiver.url('/ordered'), eventTypes: ['spread.killed'], ordered: true });
  const heard = new Map<string, GetMessageLike[]>();
  for (const key of KEYS) heard.set(key, await warren.stranger.listen(warren.queue('deliveries'), key));
  // The odd ones fail at first.
  receiver.answer(({ body, attempt }) => (attempt === 1 && isOdd(body) ? { status: 500 } : { delayMs: 30 }));
  for (let n = 0; n < EVENTS; n++) await warren.publish('acme', 'spread.killed', { n });
  await waitUntil(async () => sum(await depths(QUEUES)) === paths.size * EVENTS, 15_000);
  expect(await depths(QUEUES)).toEqual(shares(EVENTS));

  const victim = await warren.spawn({ WARREN_ROLES: 'worker' });
  await waitUntil(() => receiver.arrivals.length > 10, 20_000);
  await victim.signal('SIGKILL');
  const worker = await warren.start({ WARREN_ROLES: 'worker' });
  const total = (paths.size + 1) * EVENTS;
  await waitUntil(async () => (await deliveredOf('spread.killed')) === total, 60_000);

  // Whoever is killed may have sent once more what it had under way: its window, and no more.
  const answered = receiver.arrivals.filter(({ attempt, body }) => attempt === 2 || !isOdd(body));
  expect(new Set(answered.map(({ id }) => id)).size).toBe(total);
  expect(answered.length).toBeLessThanOrEqual(total + 40);
  const order = receiver
    .at('/ordered')
    .filter(({ attempt, body }) => attempt === 2 || !isOdd(body))
    .map(({ body }) => numberIn(body))
    .filter((n, at, all) => n !== all[at - 1]);
  expect(order).toEqual(Array.from({ length: EVENTS }, (_, n) => n));

  for (const [shard, key] of KEYS.entries()) {
    const dues = (heard.get(key) ?? []).map(({ content }) => parseDue(content));
    expect(new Set(dues.map(({ endpointId }) => shardOf(endpointId, SHARDS)))).toEqual(new Set([shard]));
    // What comes down the ladder, too.
    expect(dues.some(({ attempt }) => attempt === 2)).toBe(true);
  }
  expect(await depths(QUEUES)).toEqual([0, 0, 0, 0]);
  const metrics = await worker.app.metrics.registry.metrics();
  expect(metrics).toContain('warren_queue_messages_ready{queue="deliver.3"} 0');
  await worker.app.stop();
  await router.app.stop();
}, 120_000);

it('goes from one shard to four and back with deliveries in queues and on the ladder, and loses none', async () => {
  const EVENTS = 2;
  const all = paths.size * EVENTS;
  receiver.answer(({ attempt }) => (attempt === 1 ? { status: 500 } : {}));
  const one = { WARREN_SHARDS: '1' };
  const come = (type: string): Promise<void> => waitUntil(() => arrivalsOf(type, 1).length === all, 20_000);
  const ladder = ['retry.2.sharded', 'retry.2-85.sharded', 'retry.2-115.sharded'];

  const oldRouter = await warren.start({ WARREN_ROLES: 'router', ...one });
  const oldWorker = await warren.start({ WARREN_ROLES: 'worker', ...one });
  await publishMany('spread.before', EVENTS);
  await come('spread.before');
  await oldRouter.app.stop();

  // A worker that knows one shard takes what a router with four publishes.
  const router = await warren.start({ WARREN_ROLES: 'router' });
  await publishMany('spread.mixed', EVENTS);
  await come('spread.mixed');
  await oldWorker.app.stop();

  // Only processes with four now: their retries are on the ladder when they stop, and what is new is in four queues.
  const worker = await warren.start({ WARREN_ROLES: 'worker' });
  await publishMany('spread.up', EVENTS);
  await come('spread.up');
  await worker.app.stop();
  expect(sum(await depths(ladder))).toBeGreaterThan(0);
  await publishMany('spread.waiting', EVENTS);
  // What the first two left on their ladder may be among it.
  await waitUntil(async () => sum(await depths([...QUEUES, ...ladder])) >= 2 * all, 20_000);
  await router.app.stop();

  const findings = await examine(readConfig({ ...warren.env, ...one }));
  const faults = findings.filter(({ state }) => state === 'fault').map(({ name }) => name);
  expect(faults).toEqual(expect.arrayContaining(['queue deliver.1', 'queue deliver.2', 'queue deliver.3']));

  const last = await warren.start({ WARREN_ROLES: 'router,worker', ...one });
  const types = ['spread.before', 'spread.mixed', 'spread.up', 'spread.waiting'];
  for (const type of types) {
    await waitUntil(() => arrivalsOf(type, 2).length >= all, 20_000);
    expect(arrivalsOf(type, 1)).toHaveLength(all);
    expect(arrivalsOf(type, 2)).toHaveLength(all);
    await waitUntil(async () => (await deliveredOf(type)) === all);
  }
  expect(await depths(QUEUES)).toEqual([0, 0, 0, 0]);

  // Queues that are not used any more may go; nobody asks for them again.
  const connects = (): number => warren.logLines.filter((line) => line.includes('broker.connected')).length;
  const before = connects();
  await warren.stranger.remove(
    QUEUES.slice(1).map((queue) => warren.queue(queue)),
    [],
  );
  await waitUntil(
    () => warren.logLines.filter((line) => line.includes('shards.queue_gone')).length >= SHARDS - 1,
    10_000,
  );
  await publishMany('spread.after', EVENTS);
  await come('spread.after');
  expect(await last.app.readiness()).toEqual([]);
  expect(connects()).toBe(before);
}, 120_000);
