import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

interface Stats {
  total: number;
  delivered: number;
  deadLettered: number;
  retrying: number;
  pending: number;
  cancelled: number;
  confirmationRate: number;
  failureRate: number;
  latencyMsP99: number | null;
  series: { attempts: number; failed: number }[];
}
const FIELDS = `total delivered retrying deadLettered pending cancelled confirmationRate failureRate latencyMsP99
  series(buckets: 5) { attempts failed }`;

async function statsOf(endpointId?: string): Promise<Stats> {
  const { deliveryStats } = await acme.client.ask<{ deliveryStats: Stats }>(
    `query ($endpointId: ID, $since: DateTime!) { deliveryStats(endpointId: $endpointId, since: $since) { ${FIELDS} } }`,
    { endpointId, since: new Date(Date.now() - 3_600_000).toISOString() },
  );
  return deliveryStats;
}

const deliveriesOf = async (endpointId: string, status: string) =>
  acme.deliveries({ endpointId, status: [status] });

const sumOf = (series: Stats['series'], which: 'attempts' | 'failed'): number =>
  series.reduce((sum, bucket) => sum + bucket[which], 0);

it('tells what has become of an endpoint’s deliveries the moment it has', async () => {
  const good = await acme.endpoint({ url: receiver.url('/good'), eventTypes: ['order.#'] });
  const bad = await acme.endpoint({
    ...{ url: receiver.url('/bad'), eventTypes: ['order.#'], retrySchedule: [1] },
  });
  receiver.answer(({ path }) => (path === '/bad' ? { status: 500 } : {}));
  for (let order = 0; order < 5; order++) await acme.publish({ type: 'order.placed' });

  await waitUntil(async () => (await deliveriesOf(good.id, 'DELIVERED')).length === 5);
  const delivered = await statsOf(good.id);
  expect(delivered).toMatchObject({
    total: 5,
    delivered: 5,
    pending: 0,
    confirmationRate: 1,
    failureRate: 0,
  });
  expect(delivered.latencyMsP99).toBeGreaterThan(0);
  expect(sumOf(delivered.series, 'attempts')).toBe(5);

  await waitUntil(async () => (await deliveriesOf(bad.id, 'DEAD_LETTERED')).length === 5, 20_000);
  const dead = await statsOf(bad.id);
  expect(dead).toMatchObject({ total: 5, deadLettered: 5, retrying: 0, confirmationRate: 0, failureRate: 1 });
  expect([sumOf(dead.series, 'attempts'), sumOf(dead.series, 'failed')]).toEqual([10, 10]);
  expect(await statsOf()).toMatchObject({ total: 10, delivered: 5, deadLettered: 5, confirmationRate: 0.5 });

  receiver.answer(() => ({}));
  const [again] = await deliveriesOf(bad.id, 'DEAD_LETTERED');
  await acme.client.ask('mutation ($id: ID!) { deliveryRetry(id: $id) { userErrors { code } } }', {
    id: again?.id,
  });
  await waitUntil(async () => (await deliveriesOf(bad.id, 'DELIVERED')).length === 1);
  expect(await statsOf(bad.id)).toMatchObject({ total: 5, delivered: 1, deadLettered: 4, pending: 0 });

  // The router folds meanwhile; the answer stays.
  await waitUntil(async () => {
    const [left] = await warren.sql<{ count: string }>('select count(*) as count from stat_deltas');
    return Number(left?.count) === 0;
  }, 20_000);
  expect(await statsOf(bad.id)).toMatchObject({ total: 5, delivered: 1, deadLettered: 4, pending: 0 });
  const { endpoint } = await acme.client.ask<{ endpoint: { stats: Stats } }>(
    `query ($id: ID!) { endpoint(id: $id) { stats { ${FIELDS} } } }`,
    { id: good.id },
  );
  expect(endpoint.stats).toMatchObject({ total: 5, delivered: 5, confirmationRate: 1 });
}, 60_000);
