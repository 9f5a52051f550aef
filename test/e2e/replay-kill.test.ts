import { replayBatch } from '../../src/flow';
import { countById, startReceiver, type Receiver } from '../support/outsiders/receiver';
import { endOf, replayOf, seeReplay } from '../support/replaying';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import type { WarrenProcess } from '../support/warren-process';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const EVENTS = 1500;
const KILLS = 2;

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let routers: WarrenProcess[];

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start({ WARREN_ROLES: 'api,worker' });
  routers = [await warren.spawn({ WARREN_ROLES: 'router' })];
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  await acme.endpoint({ url: receiver.url('/load'), eventTypes: ['load'] });
  for (let from = 0; from < EVENTS; from += 100)
    await Promise.all(Array.from({ length: 100 }, (_, at) => warren.publish('acme', 'load', from + at)));
  await waitUntil(async () => (await count('status = 4')) === EVENTS, 60_000);
}, 120_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

async function count(where: string): Promise<number> {
  const [row] = await warren.sql<{ n: string }>(`select count(*) n from deliveries where ${where}`);
  return Number(row?.n);
}

it('sends every selected delivery, none skipped, when its runner is killed again and again', async () => {
  expect(receiver.at('/load')).toHaveLength(EVENTS);
  const { id, total } = await replayOf(acme, { types: ['load'] });
  expect(total).toBe(EVENTS);
  for (let kill = 1; kill <= KILLS; kill++) {
    const target = (kill * EVENTS) / (KILLS + 1);
    await waitUntil(async () => (await seeReplay(acme, id)).done >= target, 30_000);
    // One is there to take over, and its predecessor cannot have let go in peace.
    routers.push(await warren.spawn({ WARREN_ROLES: 'router' }));
    expect((await seeReplay(acme, id)).status).toBe('RUNNING');
    expect(await routers.shift()?.signal('SIGKILL')).toBeNull();
  }
  expect(await endOf(acme, id, 60_000)).toMatchObject({
    ...{ status: 'COMPLETED', total: EVENTS, done: EVENTS, skipped: 0 },
  });
  // One that was begun anew twice would have a third.
  await waitUntil(async () => (await count('status = 4 and attempt_count = 2')) === EVENTS, 60_000);
  expect(await count('run_start = 1')).toBe(EVENTS);

  const times = [...countById(receiver.at('/load')).values()];
  expect(times).toHaveLength(EVENTS);
  expect(Math.min(...times)).toBe(2);
  // At most the batch that was between its commit and its publishes, each time.
  expect(receiver.at('/load').length - 2 * EVENTS).toBeLessThanOrEqual(KILLS * replayBatch(400));
}, 180_000);

it('stops within a batch when it is cancelled, and leaves what was sent', async () => {
  const { id } = await replayOf(acme, { types: ['load'] });
  await waitUntil(async () => (await seeReplay(acme, id)).done > 0, 30_000);
  const { replayCancel } = await acme.client.ask<{
    replayCancel: { replay: { done: number; status: string } };
  }>('mutation ($id: ID!) { replayCancel(id: $id) { replay { done status } userErrors { message } } }', {
    id,
  });
  expect(replayCancel.replay.status).toBe('CANCELLED');
  const { done } = replayCancel.replay;
  expect(done).toBeLessThan(EVENTS);
  // A later replay is run to its end by the same runner: it has had all the time to go on with the first.
  const later = await replayOf(acme, {
    types: ['load'],
    until: new Date(Date.now() - 3_600_000).toISOString(),
  });
  expect(await endOf(acme, later.id)).toMatchObject({ status: 'COMPLETED', done: 0 });
  expect(await seeReplay(acme, id)).toMatchObject({ status: 'CANCELLED', done });
  // Where the second run of each began; after a kill a request of the first may have been made twice, and is on record.
  expect(await count('run_start >= 2')).toBe(done);
  await waitUntil(async () => (await count('status = 4 and attempt_count >= 3')) === done, 30_000);
}, 90_000);
