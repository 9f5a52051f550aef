import { resentDue } from '../../../src/record/move-by-hand';
import { sweepOverdue, type SweepDeps } from '../../../src/route/sweep-overdue';
import { encodeDue } from '../../../src/messages/delivery-due';
import { makeDatabase } from '../../../src/store/database';
import { makeDeliveryStore } from '../../../src/store/deliveries/delivery-store';
import { countById, startReceiver, type Receiver } from '../../support/outsiders/receiver';
import { endOf, replayOf } from '../../support/replaying';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { runWarren } from '../../support/warren-process';
import { deployWarren, type Started, type WarrenUnderTest } from '../../support/warren-under-test';

const EVENTS = 25;
let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let worker: Started;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_RETRY_SCHEDULE: '1,1', WARREN_RETRY_LADDER: '600' });
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api,router' });
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  await acme.endpoint({ url: receiver.url('/first'), eventTypes: ['first.attempt'] });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

/** As the router sweeps and `warren reconcile` does, with a clock that can be ahead. */
function sweepDeps(): SweepDeps {
  const store = makeDeliveryStore(makeDatabase(warren.database.dataSource));
  return {
    readyCount: () => warren.stranger.depth(warren.queue('deliver')),
    claimOverdue: (before, until, limit) => store.claimOverdue(before, until, limit),
    dueMessages: async (ids) =>
      (await store.materialOf(ids)).map((material) => resentDue(material, new Date())),
    sendDue: (due) => warren.stranger.publish(warren.queue('deliveries'), 'due', encodeDue(due)),
  };
}

const countOf = async (status: string): Promise<number> =>
  (await acme.deliveries({ status: [status] })).length;
const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

it('sends first attempts again whose messages the broker has lost, each once', async () => {
  await Promise.all(Array.from({ length: EVENTS }, (_, n) => warren.publish('acme', 'first.attempt', { n })));
  await waitUntil(async () => (await warren.stranger.depth(warren.queue('deliver'))) === EVENTS);
  await warren.stranger.purge(warren.queue('deliver'));
  expect(await countOf('PENDING')).toBe(EVENTS);

  expect(await sweepOverdue(sweepDeps(), new Date())).toBe(0);
  expect(await sweepOverdue(sweepDeps(), inSeconds(61))).toBe(EVENTS);
  // Claimed: the next sweep leaves them alone.
  expect(await sweepOverdue(sweepDeps(), inSeconds(61))).toBe(0);
  worker = await warren.start({ WARREN_ROLES: 'worker' });
  await waitUntil(async () => (await countOf('DELIVERED')) === EVENTS);
  expect(receiver.at('/first')).toHaveLength(EVENTS);
});

it('does not count what it sent again as a latency of years', async () => {
  const text = await (await fetch(`${worker.app.url}/metrics`)).text();
  const sum = Number(/^warren_delivery_latency_seconds_sum (\S+)$/m.exec(text)?.[1]);
  expect(sum).toBeLessThan(EVENTS * 60);
});

it('does not send while the queue is long: what is in it only waits its turn', async () => {
  const deps = { ...sweepDeps(), readyCount: () => Promise.resolve(5000) };
  expect(await sweepOverdue(deps, inSeconds(600))).toBe(0);
});

it('warren reconcile sends retries again whose rung the broker has lost, with the right attempt number', async () => {
  await acme.endpoint({ url: receiver.url('/retried'), retrySchedule: [1], eventTypes: ['retry.lost'] });
  receiver.answer(({ path, attempt }) => (path === '/retried' && attempt === 1 ? { status: 500 } : {}));
  await Promise.all(Array.from({ length: EVENTS }, (_, n) => warren.publish('acme', 'retry.lost', { n })));
  await waitUntil(async () => (await countOf('RETRYING')) === EVENTS);
  await worker.app.stop();
  const rungs = ['retry.1', 'retry.1-85', 'retry.1-115', 'deliver'].map((name) => warren.queue(name));
  for (const rung of rungs) await warren.stranger.purge(rung);
  expect(receiver.at('/retried')).toHaveLength(EVENTS);
  await waitUntil(async () => {
    const [row] = await warren.sql<{ due: string }>(
      'select count(*) as due from deliveries where next_attempt_at < now(3)',
    );
    return Number(row?.due) === EVENTS;
  });

  const { code, output } = await runWarren('reconcile', { ...warren.env, LOG_LEVEL: 'warn' });
  expect({ code, output }).toEqual({ code: 0, output: `sent ${EVENTS} unfinished deliveries again\n` });
  worker = await warren.start({ WARREN_ROLES: 'worker' });
  await waitUntil(async () => (await countOf('DELIVERED')) === 2 * EVENTS);
  const second = receiver.at('/retried').slice(EVENTS);
  expect(second.map(({ attempt }) => attempt)).toEqual(Array.from({ length: EVENTS }, () => 2));
  expect([...countById(receiver.at('/retried')).values()]).toEqual(Array.from({ length: EVENTS }, () => 2));
}, 60_000);

it('makes no second request for a delivery that was settled between the claim and the message', async () => {
  await acme.endpoint({ url: receiver.url('/twin'), eventTypes: ['has.twin'] });
  await worker.app.stop();
  await warren.publish('acme', 'has.twin', {});
  await waitUntil(async () => (await countOf('PENDING')) === 1);
  let resume: () => Promise<void> = () => Promise.resolve();
  await sweepOverdue(
    { ...sweepDeps(), sendDue: (due) => Promise.resolve(void (resume = () => sweepDeps().sendDue(due))) },
    inSeconds(61),
  );
  worker = await warren.start({ WARREN_ROLES: 'worker' });
  const id = (await acme.deliveries({ types: ['has.twin'] }))[0]?.id ?? '';
  await waitUntil(async () => (await acme.delivery(id)).status === 'DELIVERED');
  await resume();
  await acme.publish({ type: 'first.attempt' });
  await waitUntil(() => receiver.at('/first').length === EVENTS + 1);
  expect(receiver.at('/twin')).toHaveLength(1);
});

it('leaves what a replay has put into its own queue until its time is up', async () => {
  const { id: endpointId } = await acme.endpoint({ url: receiver.url('/again'), eventTypes: ['sent.again'] });
  await Promise.all(Array.from({ length: EVENTS }, () => warren.publish('acme', 'sent.again', {})));
  await waitUntil(() => receiver.at('/again').length === EVENTS);
  await waitUntil(
    async () => (await acme.deliveries({ endpointId, status: ['DELIVERED'] })).length === EVENTS,
  );
  await worker.app.stop();
  const { id } = await replayOf(acme, { endpointId });
  await endOf(acme, id);
  await waitUntil(async () => (await warren.stranger.depth(warren.queue('replay'))) === EVENTS);

  expect(await sweepOverdue(sweepDeps(), inSeconds(300))).toBe(0);
  // Should the broker have lost it, it is found in the end.
  expect(await sweepOverdue(sweepDeps(), inSeconds(700))).toBe(EVENTS);
  worker = await warren.start({ WARREN_ROLES: 'worker' });
  await waitUntil(
    async () => (await acme.deliveries({ endpointId, status: ['DELIVERED'] })).length === EVENTS,
  );
  expect([...countById(receiver.at('/again')).values()]).toEqual(Array.from({ length: EVENTS }, () => 2));
}, 60_000);
