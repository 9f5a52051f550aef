import { countById, startReceiver, type Receiver } from '../support/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import type { WarrenProcess } from '../support/warren-process';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const EVENTS = 1500;
const KILLS = 4;
const WINDOW = 50;
const SUBSCRIBERS = ['/one', '/two'];
/** Which events have come to each of them. */
const seen = new Map(SUBSCRIBERS.map((path) => [path, new Set<number>()]));

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let child: WarrenProcess;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_WINDOW: String(WINDOW) });
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api' });
  child = await warren.spawn({ WARREN_ROLES: 'router,worker' });
  receiver = await startReceiver();
  receiver.answer(({ path, body }) => {
    seen.get(path)?.add((JSON.parse(body.toString()) as { data: number }).data);
    return { delayMs: 10 };
  });
  acme = await warren.tenant('acme', graphqlUrl);
  for (const path of SUBSCRIBERS) await acme.endpoint({ url: receiver.url(path), eventTypes: ['load'] });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

/** Publishes with confirms, in portions, so that there is load while processes come and go. */
async function publishAll(confirmed: Set<number>): Promise<void> {
  for (let from = 0; from < EVENTS; from += 50) {
    const portion = Array.from({ length: 50 }, (_, at) => from + at);
    await Promise.all(
      portion.map((n) => warren.publish('acme', 'load', n, `load-${n}`).then(() => confirmed.add(n))),
    );
    // The pipeline sets the pace: a part is always routed, a part delivered, a part waiting.
    await waitUntil(() => receiver.arrivals.length > SUBSCRIBERS.length * (from - 400), 60_000);
  }
}

it('loses nothing and repeats little when router and worker are killed again and again under load', async () => {
  const confirmed = new Set<number>();
  const publishing = publishAll(confirmed);
  for (let kill = 1; kill <= KILLS; kill++) {
    const target = Math.round((kill * EVENTS * SUBSCRIBERS.length) / (KILLS + 1));
    await waitUntil(() => receiver.arrivals.length >= target, 60_000);
    expect(await child.signal('SIGKILL')).toBeNull();
    child = await warren.spawn({ WARREN_ROLES: 'router,worker' });
  }
  await publishing;
  await waitUntil(() => SUBSCRIBERS.every((path) => seen.get(path)?.size === EVENTS), 60_000);

  expect(confirmed.size).toBe(EVENTS);
  // One webhook-id for each event, however often it came.
  for (const path of SUBSCRIBERS) expect(countById(receiver.at(path)).size).toBe(EVENTS);
  const repeats = receiver.arrivals.length - EVENTS * SUBSCRIBERS.length;
  // Under way at once: a window that it dispatches itself, and one off the queue.
  expect(repeats).toBeLessThanOrEqual(KILLS * 2 * WINDOW);
}, 120_000);

it('leaves every delivery DELIVERED, every event on record once and every queue empty', async () => {
  const count = async (query: string): Promise<number> => {
    const [row] = await warren.sql<{ count: string }>(`select count(*) as count from ${query}`);
    return Number(row?.count);
  };
  await waitUntil(
    async () => (await count('deliveries where delivered_at is not null')) === EVENTS * SUBSCRIBERS.length,
  );
  expect(await count('events')).toBe(EVENTS);
  expect(await count('deliveries')).toBe(EVENTS * SUBSCRIBERS.length);
  expect(await count('deliveries where attempt_count <> 1')).toBe(0);
  expect(await count('delivery_attempts')).toBe(EVENTS * SUBSCRIBERS.length);
  // What is still handed out to somebody becomes ready again once nobody is there.
  await child.signal('SIGTERM');
  for (const queue of ['route', 'deliver', 'rejected', 'dead-letters']) {
    expect({ queue, depth: await warren.stranger.depth(warren.queue(queue)) }).toEqual({ queue, depth: 0 });
  }
}, 60_000);
