import { STATUS_CODES } from '../../../src/domain/delivery/delivery-status';
import { idBytes, newId } from '../../../src/domain/ids';
import { makeDatabase, type Database } from '../../../src/store/database';
import { makeGateQueue } from '../../../src/store/gate/gate-queue';
import { newOwner } from '../../../src/store/gate/gate-owner';
import { makeGateStore } from '../../../src/store/gate/gate-store';
import { queueHeld } from '../../../src/store/gate/gate-writes';
import { seedHeld } from '../../support/seed/held-deliveries';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';

let test: TestDatabase;
let database: Database;
const tenantId = newId('tenant');

beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
}, 60_000);
afterAll(() => test.drop());

async function makeHeld(endpointId: string): Promise<string> {
  const [id = ''] = await seedHeld(database, {
    ...{ tenantId, endpointId, reason: 'RETRY_AFTER' },
    ...{ at: new Date(), count: 1 },
  });
  return id;
}

const hold = (id: string, at: Date): Promise<void> => database.transaction((sql) => queueHeld(sql, [id], at));

it('counts how long something has waited from when it was first held, however often it was tried meanwhile', async () => {
  const [putOff, paused] = [newId('endpoint'), newId('endpoint')];
  const [first, second, third] = ['00:00:00', '01:00:00', '09:00:00'].map(
    (time) => new Date(`2026-01-01T${time}Z`),
  ) as [Date, Date, Date];
  const delivery = await makeHeld(putOff);
  await hold(delivery, first);
  await hold(await makeHeld(paused), second);
  const queue = makeGateQueue(database);
  await queue.release(putOff, newOwner(), await queue.waiting(putOff, 1), second);
  await database.write(`update deliveries set status = ?, held_because = 'RETRY_AFTER' where id = ?`, [
    STATUS_CODES.HELD,
    idBytes('delivery', delivery),
  ]);
  await hold(delivery, third);
  const { oldestHeldAt, longest } = await makeGateStore(database).measure();
  expect(oldestHeldAt).toEqual(first);
  expect(new Map(longest.map(({ endpointId, oldestHeldAt: at }) => [endpointId, at]))).toEqual(
    new Map([
      [putOff, first],
      [paused, second],
    ]),
  );
});
