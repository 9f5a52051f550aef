import { watchDeliveries } from '../support/delivery-stream';
import { countById, startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import type { WarrenProcess } from '../support/warren-process';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const EVENTS = 600;
let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let child: WarrenProcess;

beforeAll(async () => {
  // A small window leaves most of the work to the next process.
  warren = await deployWarren({ WARREN_WINDOW: '40' });
  child = await warren.spawn();
  receiver = await startReceiver();
  receiver.answer(() => ({ delayMs: 30 }));
  acme = await warren.tenant('acme', `${child.url}/graphql`);
  await acme.endpoint({ url: receiver.url('/load'), eventTypes: ['load'] });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

it('finishes what is under way at SIGTERM, exits with 0, and the next process does the rest: one request each', async () => {
  const publishing = (async () => {
    for (let from = 0; from < EVENTS; from += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, at) => warren.publish('acme', 'load', from + at)));
    }
  })();
  for (const stopAt of [100, 300]) {
    await waitUntil(() => receiver.arrivals.length >= stopAt, 20_000);
    const askedAtMs = Date.now();
    expect(await child.signal('SIGTERM')).toBe(0);
    expect(Date.now() - askedAtMs).toBeLessThan(5000);
    // What was sent has been recorded: nothing waits for an answer that nobody reads.
    const [row] = await warren.sql<{ count: string }>('select count(*) as count from delivery_attempts');
    expect(Number(row?.count)).toBe(receiver.arrivals.length);
    child = await warren.spawn();
  }
  await publishing;
  await waitUntil(() => receiver.arrivals.length >= EVENTS, 30_000);
  await waitUntil(async () => {
    const [row] = await warren.sql<{ count: string }>(
      'select count(*) as count from deliveries where delivered_at is not null',
    );
    return Number(row?.count) === EVENTS;
  });
  expect(receiver.arrivals).toHaveLength(EVENTS);
  expect([...countById(receiver.arrivals).values()].every((times) => times === 1)).toBe(true);
}, 90_000);

it('gives back at once what only waited for its receiver, and the next process sends it', async () => {
  const times = 900;
  const other = await warren.spawn({ WARREN_WINDOW: '4000' });
  await child.signal('SIGTERM');
  receiver.answer(() => ({ delayMs: 3000 }));
  const before = receiver.arrivals.length;
  for (let from = 0; from < times; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, at) => warren.publish('acme', 'load', from + at)));
  // As many as one receiver is sent at once; the others wait in the process.
  await waitUntil(() => receiver.arrivals.length >= before + 384, 20_000);
  const askedAtMs = Date.now();
  expect(await other.signal('SIGTERM')).toBe(0);
  expect(Date.now() - askedAtMs).toBeLessThan(5000);
  receiver.answer(() => ({ delayMs: 0 }));
  child = await warren.spawn();
  await waitUntil(() => receiver.arrivals.length >= before + times, 30_000);
  expect([...countById(receiver.arrivals).values()].every((count) => count === 1)).toBe(true);
}, 90_000);

it('stops in order with requests and live clients open, and says meanwhile that it takes no more', async () => {
  await waitUntil(async () => (await fetch(`${child.url}/readyz`)).ok);
  receiver.answer(() => ({ delayMs: 700 }));
  const soFar = receiver.arrivals.length;
  const stream = watchDeliveries(`${child.url}/graphql`, acme.key);
  await acme.through(`${child.url}/graphql`).publish({ type: 'load', data: 'slow' });
  await waitUntil(() => receiver.arrivals.length === soFar + 1);
  const stopping = child.signal('SIGTERM');
  await waitUntil(async () => {
    const answer = await fetch(`${child.url}/readyz`);
    return answer.status === 503 && (await answer.text()).includes('draining');
  });
  expect(await stopping).toBe(0);
  // Going away: a client resumes elsewhere.
  expect(stream.ended()).toMatchObject({ code: 1001 });
  await stream.close();
  const [row] = await warren.sql<{ status: number }>(
    'select status from deliveries where delivered_at is null',
  );
  expect(row).toBeUndefined();
}, 30_000);
