import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import {
  deployWarren,
  removeTopology,
  type Started,
  type WarrenUnderTest,
} from '../../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let started: Started;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,20', WARREN_RETRY_LADDER: '7' });
  started = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', started.graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const get = (path: string): Promise<Response> => fetch(started.app.url + path);

describe('the broker', () => {
  it.each([
    ...[1, 7, 20].flatMap((seconds) => [
      { rung: String(seconds), ttlMs: seconds * 1000 },
      { rung: `${seconds}-85`, ttlMs: seconds * 850 },
      { rung: `${seconds}-115`, ttlMs: seconds * 1150 },
    ]),
  ])(
    'has the rung $rung as a quorum queue that dead-letters at least once to deliveries after $ttlMs ms',
    async ({ rung, ttlMs }) => {
      // The broker answers 406 when any argument differs.
      await warren.stranger.redeclare(warren.queue(`retry.${rung}`), {
        'x-queue-type': 'quorum',
        'x-delivery-limit': 20,
        'x-message-ttl': ttlMs,
        'x-dead-letter-exchange': warren.queue('deliveries'),
        'x-dead-letter-routing-key': 'due',
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      });
    },
  );

  it('makes a queue anew that an earlier version left empty, and leaves one that holds messages', async () => {
    const namespace = `${warren.namespace}-old`;
    const old = { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 };
    await warren.stranger.redeclare(`${namespace}.route`, old);
    const renewed = await warren.start({ WARREN_NAMESPACE: namespace });
    await warren.stranger.redeclare(`${namespace}.route`, {
      'x-queue-type': 'quorum',
      'x-delivery-limit': 20,
      'x-dead-letter-exchange': `${namespace}.rejected`,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      'x-single-active-consumer': true,
    });
    await renewed.app.stop();
    await warren.stranger.remove([`${namespace}.route`], []);
    await warren.stranger.redeclare(`${namespace}.route`, old);
    await warren.stranger.publish('', `${namespace}.route`, 'kept');
    await expect(warren.start({ WARREN_NAMESPACE: namespace }, 3000)).rejects.toThrow(
      `already has "${namespace}.route" with other properties`,
    );
    expect(await warren.stranger.depth(`${namespace}.route`)).toBe(1);
    await removeTopology(warren.stranger, namespace, warren.env);
  }, 60_000);

  it('has no rung that nobody asked for', async () => {
    expect(await warren.stranger.hasQueue(warren.queue('retry.5'))).toBe(false);
  });

  it('tells queues of other services what becomes of the deliveries of a tenant', async () => {
    const heard = await warren.stranger.listen(warren.queue('status'), 'acme.#');
    const elsewhere = await warren.stranger.listen(warren.queue('status'), 'other.#');
    const { id } = await acme.endpoint({ url: receiver.url('/status'), eventTypes: ['order.*'] });
    await warren.publish('acme', 'order.placed', {});
    await waitUntil(() => heard.length === 2);
    expect(heard.map(({ routingKey }) => routingKey)).toEqual([`acme.${id}.PENDING`, `acme.${id}.DELIVERED`]);
    const change = JSON.parse(heard[1]?.content.toString() ?? '') as unknown;
    expect(change).toMatchObject({
      status: 'DELIVERED',
      eventType: 'order.placed',
      endpointId: id,
      attempt: 1,
    });
    expect(elsewhere).toEqual([]);
  });

  it('refuses nothing at a second start with the same settings', async () => {
    const again = await warren.start({ WARREN_ROLES: 'worker' });
    await again.app.stop();
  });
});

describe('the health routes', () => {
  it('say that the process is alive and ready', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' });
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ ready: true, reasons: [] });
  });

  it('export what Prometheus asks for, with the counts of what happened and labels of few values', async () => {
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await response.text();
    for (const line of [
      'warren_events_received_total{source="amqp"} 1',
      'warren_events_routed_total{outcome="fresh"} 1',
      'warren_deliveries_created_total 1',
      'warren_attempts_total{outcome="ok"} 1',
      'warren_deliveries_total{status="DELIVERED"} 1',
      'warren_delivery_latency_seconds_count 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toMatch(/acme|order\.placed|ten_|ep_/);
    await waitUntil(
      async () =>
        (await (await get('/metrics')).text()).includes('warren_queue_messages_ready{queue="deliver"} 0'),
      8000,
    );
  });

  it('say on a worker alone what there is, and that there is no API', async () => {
    const worker = await warren.start({ WARREN_ROLES: 'worker' });
    expect((await fetch(`${worker.app.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${worker.app.url}/graphql`)).status).toBe(404);
    await worker.app.stop();
  });
});

it('starts as two processes at the same moment on an empty database', async () => {
  const name = `${new URL(warren.database.url).pathname.slice(1)}_empty`;
  await warren.sql(`create database ${name} character set utf8mb4 collate utf8mb4_bin`);
  try {
    const url = new URL(warren.env.DATABASE_URL ?? '');
    url.pathname = `/${name}`;
    const both = await Promise.allSettled(
      [1, 2].map(() => warren.start({ DATABASE_URL: url.toString(), WARREN_ROLES: 'worker' })),
    );
    for (const one of both) if (one.status === 'fulfilled') await one.value.app.stop();
    expect(both.map((one) => (one.status === 'rejected' ? String(one.reason) : 'started'))).toEqual([
      'started',
      'started',
    ]);
  } finally {
    await warren.sql(`drop database ${name}`);
  }
});
