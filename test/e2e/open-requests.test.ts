import { setTimeout as sleep } from 'node:timers/promises';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** To one receiver from one process, whatever the window. */
const MOST_OPEN = 400;
const HANGS_MS = 12_000;

let warren: WarrenUnderTest;
let receiver: Receiver;

beforeAll(async () => {
  warren = await deployWarren();
  receiver = await startReceiver();
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const publish = async (type: string, count: number): Promise<void> => {
  for (let from = 0; from < count; from += 50)
    await Promise.all(
      Array.from({ length: Math.min(50, count - from) }, () => warren.publish('acme', type, 0)),
    );
};
const held = async (): Promise<number> => {
  const [row] = await warren.sql<{ count: string }>(
    "select count(*) as count from deliveries where held_because = 'OVERFLOW'",
  );
  return Number(row?.count);
};

it('holds what could only wait for a receiver that hangs, where others are sent to, and they go on', async () => {
  const child = await warren.spawn();
  const acme = await warren.tenant('acme', `${child.url}/graphql`);
  receiver.answer(({ path }) => (path === '/hangs' ? { delayMs: HANGS_MS } : {}));
  await acme.endpoint({ url: receiver.url('/hangs'), eventTypes: ['hangs'] });
  await acme.endpoint({ url: receiver.url('/answers'), eventTypes: ['answers'] });
  const arrivedAt = (path: string): number => receiver.at(path).length;

  await publish('answers', 10);
  await publish('hangs', MOST_OPEN);
  await waitUntil(() => arrivedAt('/hangs') === MOST_OPEN, 10_000);
  // Slow is who has answered nothing for a second.
  await sleep(1200);
  await publish('answers', 10);
  await publish('hangs', 100);
  await publish('answers', 10);

  await waitUntil(async () => (await held()) === 100, 5000);
  await waitUntil(() => arrivedAt('/answers') === 30, 5000);
  expect(arrivedAt('/hangs')).toBe(MOST_OPEN);
  // What hangs ends, and what was held follows.
  receiver.answer(() => ({}));
  await waitUntil(() => arrivedAt('/hangs') === MOST_OPEN + 100, 30_000);
}, 90_000);
