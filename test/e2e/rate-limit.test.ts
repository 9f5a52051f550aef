import { gateStory } from '../support/gate-story';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let gate: ReturnType<typeof gateStory>;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api,router' });
  await warren.start({ WARREN_ROLES: 'worker' });
  await warren.start({ WARREN_ROLES: 'worker' });
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  gate = gateStory(acme, receiver);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

/** Most arrivals in any window of one second. */
function busiestSecond(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
}

it('sends at the rate that was asked for, over all workers, without a burst', async () => {
  const RATE = 20;
  await acme.endpoint({ url: receiver.url('/paced'), eventTypes: ['paced'], rateLimitPerSecond: RATE });
  await Promise.all(Array.from({ length: 200 }, (_, n) => warren.publish('acme', 'paced', { n })));
  await waitUntil(() => receiver.at('/paced').length === 200, 20_000);
  await waitUntil(async () => (await gate.statuses('paced')).every((status) => status === 'DELIVERED'));
  // When Warren made each request: this process, which also receives them, may be late.
  const rows = await warren.sql<{ at: Date }>('select at from delivery_attempts order by at');
  const times = rows.map(({ at }) => at.getTime());
  expect(busiestSecond(times)).toBeLessThanOrEqual(RATE * 1.1);
  const tookMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  expect(199_000 / tookMs).toBeGreaterThan(RATE * 0.9);
  expect(199_000 / tookMs).toBeLessThan(RATE * 1.02);
}, 60_000);

it('never has more under way than was asked for, over all workers, and holds the rest as OVERFLOW', async () => {
  let underWay = 0;
  let most = 0;
  const end = (): void => {
    underWay--;
  };
  receiver.answer(({ path }) => {
    if (path !== '/few') return {};
    most = Math.max(most, ++underWay);
    const after = new Promise((resolve) => setTimeout(resolve, 100));
    void after.then(end);
    return { after };
  });
  const { id } = await acme.endpoint({ url: receiver.url('/few'), eventTypes: ['few'], maxInFlight: 3 });
  await Promise.all(Array.from({ length: 60 }, (_, n) => warren.publish('acme', 'few', { n })));
  await waitUntil(async () => (await gate.endpoint(id)).health.heldCount > 0);
  const held = (await gate.deliveries('few')).filter(({ status }) => status === 'HELD');
  expect(held[0]?.heldBecause).toBe('OVERFLOW');
  await waitUntil(() => receiver.at('/few').length === 60, 20_000);
  expect(most).toBe(3);
}, 60_000);
