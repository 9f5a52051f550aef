import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,2', WARREN_RETRY_LADDER: '3' });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  // /fails/<n>…: the first n attempts get a 500.
  receiver.answer(({ path, attempt }) => {
    const failures = Number(/^\/fails\/(\d+)/.exec(path)?.[1] ?? 0);
    return attempt <= failures ? { status: 500, body: 'not now' } : {};
  });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

/** Seconds between the arrivals of one delivery. */
function pauses(arrivals: readonly Arrival[]): number[] {
  return arrivals.slice(1).map(({ atMs }, index) => (atMs - (arrivals[index]?.atMs ?? 0)) / 1000);
}

/** A rung is spread by 15 %; the broker and a busy machine may add a second. */
function expectRungs(seconds: readonly number[], rungs: readonly number[]): void {
  expect(seconds).toHaveLength(rungs.length);
  for (const [index, rung] of rungs.entries()) {
    expect(seconds[index]).toBeGreaterThanOrEqual(rung * 0.85 - 0.05);
    expect(seconds[index]).toBeLessThanOrEqual(rung * 1.2 + 1);
  }
}

it('tries again on the rungs of the deployment until the receiver takes it, under one webhook-id', async () => {
  await acme.endpoint({ url: receiver.url('/fails/2'), eventTypes: ['order.placed'] });
  await warren.publish('acme', 'order.placed', { total: 1 });
  await waitUntil(() => receiver.at('/fails/2').length === 3, 10_000);
  const arrivals = receiver.at('/fails/2');
  expect(arrivals.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(new Set(arrivals.map(({ id }) => id)).size).toBe(1);
  expect(new Set(arrivals.map(({ body }) => body.toString())).size).toBe(1);
  for (const { headers, atMs } of arrivals) {
    expect(Math.abs(Number(headers['webhook-timestamp']) - Math.floor(atMs / 1000))).toBeLessThanOrEqual(1);
  }
  // Signed anew each time: a signature for each time stamp, which counts in whole seconds.
  const distinct = (header: string): number => new Set(arrivals.map(({ headers }) => headers[header])).size;
  expect(distinct('webhook-timestamp')).toBeGreaterThan(1);
  expect(distinct('webhook-signature')).toBe(distinct('webhook-timestamp'));
  expectRungs(pauses(arrivals), [1, 2]);

  const id = arrivals[0]?.id ?? '';
  await waitUntil(async () => (await acme.delivery(id)).status === 'DELIVERED');
  const { attempts, attemptCount } = await acme.delivery(id);
  expect(attemptCount).toBe(3);
  expect(attempts).toMatchObject([
    { number: 1, ok: false, responseStatus: 500, responseBody: 'not now', error: 'HTTP_500' },
    { number: 2, ok: false, responseStatus: 500, error: 'HTTP_500' },
    { number: 3, ok: true, responseStatus: 204, error: null },
  ]);
});

it('keeps to the schedule of the endpoint where it has one of its own', async () => {
  await acme.endpoint({
    url: receiver.url('/fails/2/own'),
    retrySchedule: [3, 1],
    eventTypes: ['own.schedule'],
  });
  await warren.publish('acme', 'own.schedule', {});
  await waitUntil(() => receiver.at('/fails/2/own').length === 3, 10_000);
  expectRungs(pauses(receiver.at('/fails/2/own')), [3, 1]);
});

it('says when the next attempt is due while it waits', async () => {
  await acme.endpoint({ url: receiver.url('/fails/1/due'), retrySchedule: [2], eventTypes: ['next.due'] });
  await warren.publish('acme', 'next.due', {});
  await waitUntil(() => receiver.at('/fails/1/due').length === 1);
  const { id, atMs } = receiver.at('/fails/1/due')[0] as Arrival;
  await waitUntil(async () => (await acme.delivery(id)).status === 'RETRYING');
  const { nextAttemptAt, lastError } = await acme.delivery(id);
  expect(lastError).toBe('HTTP_500');
  const dueSeconds = (Date.parse(nextAttemptAt ?? '') - atMs) / 1000;
  expect(dueSeconds).toBeGreaterThanOrEqual(1.65);
  expect(dueSeconds).toBeLessThanOrEqual(2.8);
  await waitUntil(() => receiver.at('/fails/1/due').length === 2, 5000);
});

it('spreads deliveries that failed together', async () => {
  await acme.endpoint({ url: receiver.url('/fails/1/herd'), retrySchedule: [2], eventTypes: ['herd'] });
  await Promise.all(Array.from({ length: 30 }, (_, n) => warren.publish('acme', 'herd', { n })));
  await waitUntil(() => receiver.at('/fails/1/herd').length === 60, 10_000);
  const again = receiver.at('/fails/1/herd').filter(({ attempt }) => attempt === 2);
  const times = again.map(({ atMs }) => atMs).sort((a, b) => a - b);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(300);
});

it('makes no further request for a delivery that is cancelled while it waits', async () => {
  await acme.endpoint({
    url: receiver.url('/fails/9/cancelled'),
    retrySchedule: [3, 1],
    eventTypes: ['cancel.me'],
  });
  await acme.endpoint({
    url: receiver.url('/fails/2/control'),
    retrySchedule: [3, 2],
    eventTypes: ['cancel.me'],
  });
  await warren.publish('acme', 'cancel.me', {});
  await waitUntil(() => receiver.at('/fails/9/cancelled').length === 1);
  const { id } = receiver.at('/fails/9/cancelled')[0] as Arrival;
  await waitUntil(async () => (await acme.delivery(id)).status === 'RETRYING');
  const { deliveryCancel } = await acme.client.ask<{ deliveryCancel: unknown }>(
    'mutation ($id: ID!) { deliveryCancel(id: $id) { delivery { status nextAttemptAt } userErrors { code } } }',
    { id },
  );
  expect(deliveryCancel).toEqual({ delivery: { status: 'CANCELLED', nextAttemptAt: null }, userErrors: [] });
  // The other endpoint's second rung is over long after the cancelled one's first would have been.
  await waitUntil(() => receiver.at('/fails/2/control').length === 3, 20_000);
  expect(receiver.at('/fails/9/cancelled')).toHaveLength(1);
  expect((await acme.delivery(id)).status).toBe('CANCELLED');
});
