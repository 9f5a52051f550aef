import { setTimeout as sleep } from 'node:timers/promises';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

/** To one receiver from one process, whatever the window; of those, what is sent as it comes. */
const MOST_OPEN = 400;
const AS_IT_COMES = 384;
/** What a gate begins with. */
const AT_EASE = 32;

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
