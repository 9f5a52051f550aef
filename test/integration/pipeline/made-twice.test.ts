import { idBytes, newId } from '../../../src/domain/ids';
import type { Attempt } from '../../../src/domain/delivery/outcome';
import type { OutcomeToRecord } from '../../../src/domain/delivery/recorded-outcome';
import { makeDatabase, type Database } from '../../../src/store/database';
import { makeDeliveryStore } from '../../../src/store/deliveries/delivery-store';
import { makeRecordStore } from '../../../src/store/deliveries/record-store';
import { seedQueued } from '../../support/seed/held-deliveries';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';

let test: TestDatabase;
let database: Database;
const tenantId = newId('tenant');
const startedAt = Date.now();

beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
}, 60_000);
afterAll(() => test.drop());

/** One that is sent by hand, in generation 1, and waits for its first attempt. */
async function pendingOne(): Promise<string> {
  const gate = { tenantId, endpointId: newId('endpoint'), reason: 'ORDER' } as const;
  const [id = ''] = await seedQueued(database, { ...gate, at: new Date(), count: 1 }, () => 'a key');
  await makeDeliveryStore(database).restart(null, id, new Date());
  return id;
}

/** Of a first request that began so many milliseconds after the tests. */
function firstRequest(deliveryId: string, beganMs: number, error?: Attempt['error']): OutcomeToRecord {
  const request = { requestHeaders: {}, requestBody: null, durationMs: 1.4 };
  const attempt = { number: 1, at: new Date(startedAt + beganMs), ...request };
  const outcome = { deliveryId, tenantId, number: 1, generation: 1 };
  if (error === undefined) return { ...outcome, attempt, verdict: { kind: 'delivered' } };
  const verdict = { kind: 'retry', delaySeconds: 5 } as const;
  return { ...outcome, attempt: { ...attempt, error }, verdict, nextAttemptAt: new Date() };
}

/** @returns which of them counted */
async function record(...batch: OutcomeToRecord[]): Promise<boolean[]> {
  const recorded = await makeRecordStore(database).recordOutcomes(batch, new Date());
  return recorded.map(({ applied }) => applied);
}

/** On record: the number of each, and how many milliseconds after the tests it began. */
async function attemptsOf(deliveryId: string): Promise<[number, number][]> {
  const rows = await database.rows<{ number: number; at: Date }>(
    'select number, at from delivery_attempts where delivery_id = ? order by number',
    [idBytes('delivery', deliveryId)],
  );
  return rows.map(({ number, at }) => [number, at.getTime() - startedAt]);
}

it('has both on record when a request was made twice, and lets the first decide', async () => {
  const [id, other] = [await pendingOne(), await pendingOne()];
  expect(await record(firstRequest(id, 10, 'HTTP_500'))).toEqual([true]);
  expect(await record(firstRequest(other, 30), firstRequest(id, 20))).toEqual([true, false]);
  expect(await attemptsOf(id)).toEqual([
    [1, 10],
    [2, 20],
  ]);
  expect(await attemptsOf(other)).toEqual([[1, 30]]);
  const states = await makeDeliveryStore(database).statesOf([id, other]);
  expect(states.get(id)).toMatchObject({ status: 'RETRYING', attemptCount: 1 });
});

it('has both on record when they are recorded together', async () => {
  const id = await pendingOne();
  expect(await record(firstRequest(id, 10), firstRequest(id, 20))).toEqual([true, false]);
  expect(await attemptsOf(id)).toEqual([
    [1, 10],
    [2, 20],
  ]);
});

it('records a request once, however often it is told of it', async () => {
  const id = await pendingOne();
  for (let time = 0; time < 2; time++) {
    await record(firstRequest(id, 10, 'HTTP_500'));
    await record(firstRequest(id, 20, 'HTTP_500'));
  }
  expect(await attemptsOf(id)).toEqual([
    [1, 10],
    [2, 20],
  ]);
});

it('goes on after a request that was made twice: the next one takes a number that is free', async () => {
  const id = await pendingOne();
  await record(firstRequest(id, 10, 'HTTP_500'), firstRequest(id, 20, 'HTTP_500'));
  const second = firstRequest(id, 5010);
  const next = { ...second, number: 2, attempt: second.attempt && { ...second.attempt, number: 2 } };
  expect(await record(next)).toEqual([true]);
  expect(await attemptsOf(id)).toEqual([
    [1, 10],
    [2, 20],
    [3, 5010],
  ]);
  const states = await makeDeliveryStore(database).statesOf([id]);
  expect(states.get(id)).toMatchObject({ status: 'DELIVERED', attemptCount: 2 });
});
