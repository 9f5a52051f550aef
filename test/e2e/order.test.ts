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
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,1', WARREN_CIRCUIT_FAILURES: '1000' });
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api' });
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  gate = gateStory(acme, receiver);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

interface Data {
  key: number;
  n: number;
}
const dataOf = (body: Buffer): Data => (JSON.parse(body.toString()) as { data: Data }).data;

it('delivers each key in publish order through failures and a killed owner, and loses nothing', async () => {
  const KEYS = 10;
  const EACH = 30;
  const worker = await warren.spawn({ WARREN_ROLES: 'router,worker' });
  await warren.start({ WARREN_ROLES: 'router,worker' });
  const delivered = new Map<number, number[]>();
  receiver.answer(({ path, body, attempt }) => {
    if (path !== '/ordered') return {};
    const { key, n } = dataOf(body);
    if (n % 5 === 0 && attempt === 1) return { status: 500 };
    const seen = delivered.get(key) ?? [];
    delivered.set(key, seen);
    // Whoever is killed may send once more what it had under way.
    if (seen.at(-1) !== n) seen.push(n);
    return { delayMs: 2 };
  });
  await acme.endpoint({ url: receiver.url('/ordered'), eventTypes: ['ordered'], ordered: true });
  for (let n = 0; n < EACH; n++) {
    await acme.client.ask(
      'mutation ($input: EventsPublishInput!) { eventsPublish(input: $input) { userErrors { message } } }',
      {
        input: {
          events: Array.from({ length: KEYS }, (_, key) => ({
            type: 'ordered',
            data: { key, n },
            orderingKey: `key-${key}`,
          })),
        },
      },
    );
  }
  await waitUntil(() => receiver.at('/ordered').length > 60, 20_000);
  await worker.signal('SIGKILL');
  const inOrder = Array.from({ length: EACH }, (_, n) => n);
  await waitUntil(
    () => [...delivered.values()].filter((seen) => seen.length >= EACH).length === KEYS,
    90_000,
  );
  for (let key = 0; key < KEYS; key++) expect(delivered.get(key)).toEqual(inOrder);
}, 150_000);

it('goes on with the next of a key after the last attempt of one, and holds up no other key meanwhile', async () => {
  receiver.answer(({ path, body }) =>
    path === '/gap' && dataOf(body).key === 0 && dataOf(body).n === 0 ? { status: 500 } : {},
  );
  await acme.endpoint({ url: receiver.url('/gap'), eventTypes: ['gap'], ordered: true });
  for (let n = 0; n < 3; n++) {
    for (const key of [0, 1]) {
      await acme.publish({ type: 'gap', data: { key, n }, orderingKey: String(key) });
    }
  }
  await waitUntil(() => receiver.at('/gap').filter(({ body }) => dataOf(body).key === 1).length === 3);
  // The other key did not wait for the retries of the first.
  expect(receiver.at('/gap').filter(({ body }) => dataOf(body).key === 0 && dataOf(body).n > 0)).toEqual([]);
  const waiting = (await gate.deliveries('gap')).filter(({ status }) => status === 'HELD');
  expect(waiting.map(({ heldBecause }) => heldBecause)).toEqual(['ORDER', 'ORDER']);
  await waitUntil(
    async () => (await gate.statuses('gap')).join() === 'DEAD_LETTERED' + ',DELIVERED'.repeat(5),
    20_000,
  );
  const first = receiver.at('/gap').filter(({ body }) => dataOf(body).key === 0);
  expect(first.map(({ body }) => dataOf(body).n)).toEqual([0, 0, 0, 1, 2]);
}, 60_000);

it('keeps events without a key in one order', async () => {
  receiver.answer(({ attempt, body, path }) =>
    path === '/keyless' && attempt === 1 && dataOf(body).n === 2 ? { status: 500 } : {},
  );
  await acme.endpoint({ url: receiver.url('/keyless'), eventTypes: ['keyless'], ordered: true });
  for (let n = 0; n < 6; n++) await acme.publish({ type: 'keyless', data: { n } });
  await waitUntil(() => receiver.at('/keyless').length === 7, 20_000);
  expect(gate.sent('/keyless')).toEqual([0, 1, 2, 2, 3, 4, 5]);
}, 60_000);
