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
  warren = await deployWarren({
    WARREN_RETRY_SCHEDULE: '1,2,60',
    WARREN_CIRCUIT_FAILURES: '5',
    WARREN_CIRCUIT_SPAN_SECONDS: '0',
    WARREN_CIRCUIT_PROBE_SECONDS: '2',
  });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  gate = gateStory(acme, receiver);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

it('opens on failures in a row, holds without an attempt, probes one, and drains when it succeeds', async () => {
  let down = true;
  receiver.answer(({ path }) => (path === '/down' && down ? { status: 500 } : {}));
  await acme.endpoint({ url: receiver.url('/told'), eventTypes: ['warren.endpoint.recovered'] });
  const { id } = await acme.endpoint({
    url: receiver.url('/down'),
    eventTypes: ['down'],
    retrySchedule: [60, 60, 60],
  });
  for (let n = 0; n < 5; n++) await acme.publish({ type: 'down', data: { n } });
  await waitUntil(async () => (await gate.endpoint(id)).health.circuit === 'OPEN');
  const attempts = receiver.at('/down').length;
  for (let n = 5; n < 15; n++) await acme.publish({ type: 'down', data: { n } });
  await waitUntil(async () => (await gate.endpoint(id)).health.heldCount === 10);
  const held = (await gate.deliveries('down')).filter(({ status }) => status === 'HELD');
  expect(held.map(({ heldBecause, attemptCount }) => [heldBecause, attemptCount])).toEqual(
    Array.from({ length: 10 }, () => ['CIRCUIT', 0]),
  );
  expect(receiver.at('/down')).toHaveLength(attempts);

  // One probe at a time, each later than the one before; the failed one climbs its own ladder.
  await waitUntil(() => receiver.at('/down').length === attempts + 1, 10_000);
  const untilProbeMs = async (): Promise<number> =>
    Date.parse((await gate.endpoint(id)).health.nextProbeAt ?? '') - Date.now();
  await waitUntil(async () => (await untilProbeMs()) > 2500);
  down = false;
  await waitUntil(async () => (await gate.endpoint(id)).health.circuit === 'CLOSED', 10_000);
  await waitUntil(() => new Set(gate.sent('/down').slice(attempts)).size === 10, 10_000);
  await waitUntil(() => receiver.at('/told').length === 1);
  expect(receiver.at('/told')[0]?.body.toString()).toContain(id);
}, 60_000);

it('holds what comes back from the ladder while it is open, and the attempt is not lost', async () => {
  let down = true;
  receiver.answer(({ path }) => (path === '/ladder' && down ? { status: 500 } : {}));
  const { id } = await acme.endpoint({
    url: receiver.url('/ladder'),
    eventTypes: ['ladder'],
    // A probe may be made while some are still on the ladder, and climbs on.
    retrySchedule: [1, 1, 1, 1],
  });
  for (let n = 0; n < 5; n++) await acme.publish({ type: 'ladder', data: { n } });
  await waitUntil(async () => (await gate.endpoint(id)).health.circuit === 'OPEN');
  await waitUntil(async () => (await gate.statuses('ladder')).every((status) => status === 'HELD'), 10_000);
  down = false;
  await waitUntil(
    async () => (await gate.statuses('ladder')).every((status) => status === 'DELIVERED'),
    15_000,
  );
  const sent = gate.sent('/ladder');
  const requestsOf = [0, 1, 2, 3, 4].map((n) => sent.filter((one) => one === n).length);
  const attempts = (await gate.deliveries('ladder')).map(({ attemptCount }) => attemptCount);
  expect(attempts.sort()).toEqual(requestsOf.sort());
  expect(Math.min(...attempts)).toBe(2);
}, 60_000);

it('is closed by a resume, which sends at once', async () => {
  let down = true;
  receiver.answer(({ path }) => (path === '/hand' && down ? { status: 500 } : {}));
  const { id } = await acme.endpoint({
    url: receiver.url('/hand'),
    eventTypes: ['hand'],
    retrySchedule: [60],
  });
  for (let n = 0; n < 5; n++) await acme.publish({ type: 'hand', data: { n } });
  await waitUntil(async () => (await gate.endpoint(id)).health.circuit === 'OPEN');
  await acme.publish({ type: 'hand', data: { n: 5 } });
  await waitUntil(async () => (await gate.statuses('hand')).includes('HELD'));
  down = false;
  await gate.resume(id);
  await waitUntil(() => gate.sent('/hand').includes(5), 1500);
  expect((await gate.endpoint(id)).health.circuit).toBe('CLOSED');
}, 60_000);

it('lets a delivery through that somebody retries by hand', async () => {
  receiver.answer(({ path, body }) =>
    path === '/one' && !body.toString().includes('"n":9') ? { status: 500 } : {},
  );
  const { id } = await acme.endpoint({
    url: receiver.url('/one'),
    eventTypes: ['one'],
    retrySchedule: [60],
  });
  for (let n = 0; n < 5; n++) await acme.publish({ type: 'one', data: { n } });
  await waitUntil(async () => (await gate.endpoint(id)).health.circuit === 'OPEN');
  await acme.publish({ type: 'one', data: { n: 9 } });
  await waitUntil(async () => (await gate.statuses('one')).includes('HELD'));
  const held = (await gate.deliveries('one')).find(({ status }) => status === 'HELD');
  await gate.retry(held?.id ?? '');
  await waitUntil(() => gate.sent('/one').includes(9));
  await waitUntil(async () => (await acme.delivery(held?.id ?? '')).status === 'DELIVERED');
}, 60_000);

it('opens in the middle of a drain, and what is left waits', async () => {
  let failing = false;
  let answered = 0;
  receiver.answer(({ path }) => {
    if (path !== '/drain') return {};
    answered++;
    if (answered > 20) failing = true;
    return { status: failing ? 500 : 204, delayMs: 5 };
  });
  const { id } = await acme.endpoint({
    url: receiver.url('/drain'),
    eventTypes: ['drain'],
    retrySchedule: [60],
  });
  await gate.pause(id);
  for (let n = 0; n < 150; n++) void acme.publish({ type: 'drain', data: { n } });
  await waitUntil(async () => (await gate.endpoint(id)).health.heldCount === 150, 20_000);
  await gate.resume(id);
  await waitUntil(async () => (await gate.endpoint(id)).health.circuit === 'OPEN', 10_000);
  const { heldCount } = (await gate.endpoint(id)).health;
  expect(heldCount).toBeGreaterThan(50);
  failing = false;
  answered = -1000;
  await waitUntil(async () => (await gate.endpoint(id)).health.heldCount === 0, 20_000);
  await waitUntil(() => new Set(gate.sent('/drain')).size === 150, 10_000);
}, 60_000);
