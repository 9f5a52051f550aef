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
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,2', WARREN_CIRCUIT_FAILURES: '2' });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  gate = gateStory(acme, receiver);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

it.each([
  ['429', 429, () => '3'],
  ['503', 503, () => new Date(Date.now() + 3500).toUTCString()],
])(
  'holds the whole endpoint for as long as a %s asks, and takes no step of the ladder for it',
  async (name, status, retryAfter) => {
    let asked = 0;
    receiver.answer(({ path }) =>
      path === `/${name}` && asked++ < 1 ? { status, headers: { 'retry-after': retryAfter() } } : {},
    );
    const { id } = await acme.endpoint({
      url: receiver.url(`/${name}`),
      eventTypes: [`t.${name}`],
      retrySchedule: [],
    });
    await acme.publish({ type: `t.${name}`, data: { n: 0 } });
    await waitUntil(async () => (await gate.statuses(`t.${name}`)).join() === 'HELD');
    await acme.publish({ type: `t.${name}`, data: { n: 1 } });
    await waitUntil(async () => (await gate.statuses(`t.${name}`)).join() === 'HELD,HELD');
    const held = await gate.deliveries(`t.${name}`);
    expect(held.map(({ heldBecause, attemptCount }) => [heldBecause, attemptCount]).sort()).toEqual([
      ['RETRY_AFTER', 0],
      ['RETRY_AFTER', 1],
    ]);
    expect((await gate.endpoint(id)).health).toMatchObject({
      circuit: 'CLOSED',
      retryAfterUntil: expect.any(String) as string,
      heldCount: 2,
    });
    await waitUntil(async () => (await gate.statuses(`t.${name}`)).join() === 'DELIVERED,DELIVERED', 10_000);
    const [first, second] = receiver.at(`/${name}`).map(({ atMs }) => atMs);
    // An HTTP date has whole seconds.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(2000);
    expect(gate.sent(`/${name}`)).toEqual([0, 0, 1]);
  },
  30_000,
);

it('lets a 429 without Retry-After climb the ladder, and never opens the circuit for it', async () => {
  receiver.answer(({ path, attempt }) => (path === '/plain' && attempt < 3 ? { status: 429 } : {}));
  const { id } = await acme.endpoint({ url: receiver.url('/plain'), eventTypes: ['plain'] });
  for (let n = 0; n < 3; n++) await acme.publish({ type: 'plain', data: { n } });
  await waitUntil(
    async () => (await gate.statuses('plain')).join() === 'DELIVERED,DELIVERED,DELIVERED',
    15_000,
  );
  expect((await gate.deliveries('plain')).map(({ attemptCount }) => attemptCount)).toEqual([3, 3, 3]);
  expect((await gate.endpoint(id)).health.circuit).toBe('CLOSED');
}, 30_000);
