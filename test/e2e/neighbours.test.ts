import { gateStory } from '../support/gate-story';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let gate: ReturnType<typeof gateStory>;

const TIMEOUT_MS = 6000;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_WINDOW: '20' });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  gate = gateStory(acme, receiver);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

it('keeps a receiver that never answers from delaying the others', async () => {
  receiver.answer(({ path }) => (path === '/hangs' ? { delayMs: 60_000 } : {}));
  const { id } = await acme.endpoint({
    url: receiver.url('/hangs'),
    eventTypes: ['hangs'],
    timeoutMs: TIMEOUT_MS,
  });
  for (const name of ['a', 'b']) {
    await acme.endpoint({ url: receiver.url(`/${name}`), eventTypes: [`fine.${name}`] });
  }
  // More than the window holds, before anybody else comes.
  for (let n = 0; n < 40; n++) await warren.publish('acme', 'hangs', { n });
  await waitUntil(() => receiver.at('/hangs').length > 0);
  const began = Date.now();
  for (let n = 0; n < 100; n++) {
    await warren.publish('acme', n % 2 === 0 ? 'fine.a' : 'fine.b', { n });
    if (n % 3 === 0) await warren.publish('acme', 'hangs', { n });
  }
  await waitUntil(() => receiver.at('/a').length + receiver.at('/b').length === 100, 2.5 * TIMEOUT_MS);
  // The first window may be full for as long as one request may take; after that its circuit is open, and nobody waits.
  // Without that the fair share takes two windows, and without either it is more than this.
  expect(Date.now() - began).toBeLessThan(2.5 * TIMEOUT_MS);
  await waitUntil(async () => (await gate.endpoint(id)).health.heldCount > 20, 10_000);
  const second = Date.now();
  for (let n = 0; n < 50; n++) await warren.publish('acme', 'fine.a', { n: 100 + n });
  await waitUntil(() => receiver.at('/a').length === 100, 10_000);
  expect(Date.now() - second).toBeLessThan(0.9 * TIMEOUT_MS);
}, 60_000);
