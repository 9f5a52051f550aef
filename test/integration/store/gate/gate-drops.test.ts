import type { DropWish } from '../../../../src/domain/delivery/gate-records';
import { idBytes, newId } from '../../../../src/domain/ids';
import { makeDatabase, type Database } from '../../../../src/store/database';
import { makeGateDrops } from '../../../../src/store/gate/gate-drops';
import { makeGateStore } from '../../../../src/store/gate/gate-store';
import { seedQueued } from '../../../support/seed/held-deliveries';
import { makeTestDatabase, type TestDatabase } from '../../../support/test-database';

let test: TestDatabase;
let database: Database;
const tenantId = newId('tenant');

beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
}, 60_000);
afterAll(() => test.drop());

/** Deliveries of one endpoint and one ordering key, held since `at`. */
const hold = (endpointId: string, count: number, at: Date): Promise<string[]> =>
  seedQueued(database, { tenantId, endpointId, reason: 'PAUSED', at, count }, () => 'key');

async function stillHeld(endpointId: string): Promise<number> {
  const [row] = await database.rows<{ n: string }>(
    'select count(*) as n from gate_queue where endpoint_id = ?',
    [idBytes('endpoint', endpointId)],
  );
  return Number(row?.n);
}

describe('dropping what is held', () => {
  const NOW = new Date();
  const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);

  async function resumed(count: number, drop: { olderThan: Date | null; superseded: boolean }) {
    const gate = { endpointId: newId('endpoint'), tenantId };
    await hold(gate.endpointId, count, hoursAgo(2));
    const gates = makeGateStore(database);
    await gates.resume(gate, drop);
    const wish = async (): Promise<DropWish | undefined> =>
      (await gates.read(gate.endpointId))?.drop ?? undefined;
    const dropped = await wish();
    if (!dropped) throw new Error('nothing is to be dropped');
    return { gate, gates, wish, first: dropped };
  }
  const dropPage = (endpointId: string, wish: DropWish) =>
    makeGateDrops(database).dropPage(endpointId, wish, NOW);

  it.each([
    ['by age', { olderThan: new Date(hoursAgo(1).setMilliseconds(123)), superseded: false }, 0],
    ['by what is newer', { olderThan: null, superseded: true }, 1],
  ])('goes on a page at a time until its end, %s', async (_, drop, left) => {
    const { gate, wish, first } = await resumed(501, drop);
    expect(await dropPage(gate.endpointId, first)).toEqual({ dropped: 500, done: false });
    const second = await wish();
    expect(second && (await dropPage(gate.endpointId, second))).toEqual({ dropped: 1 - left, done: true });
    expect(await wish()).toBeUndefined();
    expect(await stillHeld(gate.endpointId)).toBe(left);
  });

  it.each([
    ['other than the first', { olderThan: hoursAgo(1), superseded: false }, 0],
    ['with an age besides', { olderThan: hoursAgo(3), superseded: true }, 1],
  ])('leaves the wish of a resume that came meanwhile, %s', async (_, drop, left) => {
    const { gate, gates, wish, first } = await resumed(3, { olderThan: null, superseded: true });
    await gates.resume(gate, drop);
    const second = await wish();
    expect(await dropPage(gate.endpointId, first)).toEqual({ dropped: 0, done: false });
    expect(await wish()).toEqual(second);
    expect(second && (await dropPage(gate.endpointId, second)).done).toBe(true);
    expect(await stillHeld(gate.endpointId)).toBe(left);
  });
});
