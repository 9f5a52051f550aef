import { setTimeout as sleep } from 'node:timers/promises';
import { encodeId } from '../../src/domain/ids';
import { countById, startReceiver, type Receiver } from '../support/outsiders/receiver';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** To one receiver from one process, whatever the window; of those, what is sent as it comes. */
const MOST_OPEN = 400;
const AS_IT_COMES = 384;
/** What a gate begins with. */
const AT_EASE = 32;

let warren: WarrenUnderTest;
let receiver: Receiver;

beforeEach(async () => {
  warren = await deployWarren();
  receiver = await startReceiver();
}, 60_000);
afterEach(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const publishTo = async (tenant: string, type: string, count: number): Promise<void> => {
  for (let from = 0; from < count; from += 50)
    await Promise.all(
      Array.from({ length: Math.min(50, count - from) }, () => warren.publish(tenant, type, 0)),
    );
};
const publish = (type: string, count: number): Promise<void> => publishTo('acme', type, count);
const held = async (): Promise<number> => {
  const [row] = await warren.sql<{ count: string }>(
    "select count(*) as count from deliveries where held_because = 'OVERFLOW'",
  );
  return Number(row?.count);
};

it('sends a receiver that hangs so many at once, holds the rest, and lets that go as soon as there is room', async () => {
  const child = await warren.spawn();
  const acme = await warren.tenant('acme', `${child.url}/graphql`);
  await acme.endpoint({ url: receiver.url('/hangs'), eventTypes: ['hangs'] });
  await acme.endpoint({ url: receiver.url('/answers'), eventTypes: ['answers'] });
  const arrivedAt = (path: string): number => receiver.at(path).length;
  // What is held and let go hangs for longer than what came before.
  let answerFirst = (): void => undefined;
  const first = new Promise<void>((resolve) => (answerFirst = resolve));
  const never = new Promise<void>(() => undefined);
  receiver.answer(({ path }) => {
    if (path !== '/hangs') return {};
    return { after: arrivedAt('/hangs') <= AS_IT_COMES ? first : never };
  });

  await publish('answers', 10);
  await publish('hangs', AS_IT_COMES);
  await waitUntil(() => arrivedAt('/hangs') === AS_IT_COMES, 10_000);
  // Slow is who has answered nothing for a second.
  await sleep(1200);
  await publish('answers', 10);
  await publish('hangs', 100);
  await publish('answers', 10);

  const rest = AS_IT_COMES + 100 - MOST_OPEN;
  await waitUntil(async () => arrivedAt('/hangs') === MOST_OPEN && (await held()) === rest, 5000);
  await waitUntil(() => arrivedAt('/answers') === 30, 5000);
  await sleep(1000);
  expect(arrivedAt('/hangs')).toBe(MOST_OPEN);
  const metrics = await (await fetch(`${child.url}/metrics`)).text();
  expect(metrics).toMatch(new RegExp(`^warren_requests_open(\\{.*\\})? ${MOST_OPEN}$`, 'm'));
  // The gate's own go on hanging; it need not wait for them.
  answerFirst();
  await waitUntil(() => arrivedAt('/hangs') === AS_IT_COMES + AT_EASE, 8000);
}, 90_000);

it('sends what comes at once beside a backlog that has all the requests which a slow receiver may have', async () => {
  const child = await warren.spawn();
  const tenant = await warren.tenant('late', `${child.url}/graphql`);
  const { id } = await tenant.endpoint({ url: receiver.url('/slow'), eventTypes: ['slow.#'] });
  await tenant.endpoint({ url: receiver.url('/beside'), eventTypes: ['beside'] });
  receiver.answer(({ path }) => (path === '/slow' ? { after: sleep(1500) } : {}));
  const publish = (type: string, count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => warren.publish('late', type, 0)));
  const waiting = async (): Promise<number> => {
    const { endpoint } = await tenant.client.ask<{ endpoint: { health: { heldCount: number } } }>(
      'query ($id: ID!) { endpoint(id: $id) { health { heldCount } } }',
      { id },
    );
    return endpoint.health.heldCount;
  };
  await tenant.client.ask('mutation ($id: ID!) { endpointPause(id: $id) { userErrors { code } } }', { id });
  await publish('slow.old', 3000);
  await waitUntil(async () => (await waiting()) === 3000, 20_000);
  await tenant.client.ask(
    'mutation ($id: ID!) { endpointResume(input: { id: $id }) { userErrors { code } } }',
    { id },
  );
  const open = async (): Promise<number> => {
    const metrics = await (await fetch(`${child.url}/metrics`)).text();
    return Number(/^warren_requests_open(?:\{.*\})? (\d+)$/m.exec(metrics)?.[1]);
  };
  await waitUntil(async () => (await open()) >= AS_IT_COMES, 40_000);

  const news = (): number =>
    receiver.at('/slow').filter(({ body }) => body.toString().includes('slow.new')).length;
  for (let round = 1; round <= 3; round++) {
    await publish('beside', 10);
    await publish('slow.new', 5);
    await waitUntil(() => news() === 5 * round, 2500);
  }
  expect(await waiting()).toBeGreaterThan(200);
  expect(await open()).toBeLessThanOrEqual(MOST_OPEN);
}, 120_000);

it('makes none a second time that only waited when the connection to the broker was lost', async () => {
  const count = 700;
  const first = await warren.spawn();
  const acme = await warren.tenant('lost', `${first.url}/graphql`);
  await acme.endpoint({ url: receiver.url('/waits'), eventTypes: ['waits'] });
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  receiver.answer(() => ({ after: answered }));
  await publishTo('lost', 'waits', count);
  await waitUntil(() => receiver.arrivals.length === AS_IT_COMES, 10_000);

  // The other one by a wire of its own.
  await warren.spawn({ AMQP_URL: process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672' });
  warren.brokerWire.forbid();
  // On a machine where this takes a second the endpoint is slow, and what waits is held.
  await waitUntil(async () => receiver.arrivals.length === 2 * AS_IT_COMES || (await held()) > 0, 10_000);
  answer();
  warren.brokerWire.allow();
  await waitUntil(async () => {
    const [row] = await warren.sql<{ left: string }>(
      'select count(*) as `left` from deliveries where delivered_at is null',
    );
    return Number(row?.left) === 0 && countById(receiver.arrivals).size === count;
  }, 30_000);
  const twice = [...countById(receiver.arrivals).values()].filter((times) => times > 1);
  expect(twice.length).toBeLessThanOrEqual(AS_IT_COMES);
}, 90_000);

it('takes no more than its own places while what it has waits for the database, and not for receivers', async () => {
  const router = await warren.spawn({
    ...{ WARREN_ROLES: 'api,router', DATABASE_URL: warren.database.url },
    AMQP_URL: process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672',
  });
  const worker = await warren.spawn({ WARREN_ROLES: 'worker' });
  const tenant = await warren.tenant('looks', `${router.url}/graphql`);
  for (let n = 0; n < 8; n++) await tenant.endpoint({ url: receiver.url('/looks'), eventTypes: ['looks'] });
  warren.brokerWire.forbid();
  await publishTo('looks', 'looks', 400);
  const written = async (): Promise<number> =>
    Number((await warren.sql<{ count: string }>('select count(*) as count from deliveries'))[0]?.count);
  await waitUntil(async () => (await written()) === 3200, 20_000);
  // What has waited for a second may have been overtaken: it is looked up.
  await sleep(1200);
  warren.databaseWire.pause();
  warren.brokerWire.allow();
  const metric = async (name: string): Promise<number> =>
    Number(
      new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'm').exec(
        await (await fetch(`${worker.url}/metrics`)).text(),
      )?.[1],
    );
  await waitUntil(async () => (await metric('warren_deliveries_in_flight')) >= 1000, 20_000);
  await sleep(1500);
  expect([await metric('warren_deliveries_in_flight'), await metric('warren_requests_open')]).toEqual([
    1000, 0,
  ]);
  warren.databaseWire.resume();
  await waitUntil(() => receiver.at('/looks').length === 3200, 60_000);
}, 120_000);

it.each(['1', '4'])(
  'keeps nobody waiting behind a burst for a receiver that hangs, with %s shards',
  async (shards) => {
    // Here, so that its queues are taken away in the end.
    warren.env.WARREN_SHARDS = shards;
    const router = await warren.spawn({ WARREN_ROLES: 'api,router' });
    await warren.spawn({ WARREN_ROLES: 'worker' });
    const slug = `burst${shards}`;
    const tenant = await warren.tenant(slug, `${router.url}/graphql`);
    await tenant.endpoint({ url: receiver.url(`/never${shards}`), eventTypes: ['never'] });
    const quick = Array.from({ length: 8 }, (_, n) => `/quick${shards}.${n}`);
    for (const path of quick) await tenant.endpoint({ url: receiver.url(path), eventTypes: ['quick'] });
    receiver.answer(({ path }) =>
      path.startsWith('/never') ? { after: new Promise<void>(() => undefined) } : {},
    );
    const publish = (type: string, count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, () => warren.publish(slug, type, 0)));

    // The worker sees that there are others only once it has taken off what is before them in the queue.
    await publish('never', 1200);
    await publish('quick', 1);
    // It has to be slow for a second first.
    await waitUntil(() => quick.every((path) => receiver.at(path).length === 1), 8000);
    expect(receiver.at(`/never${shards}`).length).toBeLessThanOrEqual(MOST_OPEN);
  },
  60_000,
);

it('keeps nobody waiting behind a thousand and more retries by hand to a receiver that hangs', async () => {
  const child = await warren.spawn();
  const tenant = await warren.tenant('hasty', `${child.url}/graphql`);
  await tenant.endpoint({ url: receiver.url('/again'), eventTypes: ['again'] });
  await tenant.endpoint({ url: receiver.url('/beside'), eventTypes: ['beside'] });
  // More than a worker has places, with all the requests to one endpoint that it may have open.
  const count = 1600;
  await publishTo('hasty', 'again', count);
  const delivered = async (): Promise<{ id: Buffer }[]> =>
    warren.sql<{ id: Buffer }>('select id from deliveries where delivered_at is not null');
  await waitUntil(async () => (await delivered()).length === count, 30_000);

  const never = new Promise<void>(() => undefined);
  receiver.answer(({ path }) => (path === '/again' ? { after: never } : {}));
  const ids = (await delivered()).map(({ id }) => encodeId('delivery', id));
  for (let from = 0; from < count; from += 50) {
    await Promise.all(
      ids
        .slice(from, from + 50)
        .map((id) =>
          tenant.client.ask('mutation ($id: ID!) { deliveryRetry(id: $id) { userErrors { code } } }', { id }),
        ),
    );
  }
  await publishTo('hasty', 'beside', 10);
  await waitUntil(() => receiver.at('/beside').length === 10, 8000);
  expect(receiver.at('/again').length).toBeLessThanOrEqual(count + MOST_OPEN);
}, 120_000);
