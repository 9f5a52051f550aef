import { STATUS_CODES } from '../../../src/domain/delivery/delivery-status';
import { deliveryIdFor, encodeId, idBytes, idFloor, newId } from '../../../src/domain/ids';
import type { ReplayJob, ReplaySelection } from '../../../src/domain/replay';
import { makeDatabase, type Database } from '../../../src/store/database';
import { makeReplayBatches } from '../../../src/store/replays/replay-batches';
import { makeReplayStore } from '../../../src/store/replays/replay-store';
import { deliveryWindow } from '../../../src/store/replays/replay-windows';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';

const DELIVERIES = 10_000;
const BATCH = 200;
const OWNER = 'a-runner';
const NOW = new Date();

let test: TestDatabase;
let database: Database;
let statements: string[] = [];
const tenantId = newId('tenant');
const endpointId = newId('endpoint');
const subscriptionId = newId('subscription');

beforeAll(async () => {
  test = await makeTestDatabase();
  database = counted(makeDatabase(test.dataSource));
  await database.write(
    'insert into tenants (id, slug, name, scopes, created_at, updated_at) values (?, ?, ?, ?, ?, ?)',
    [idBytes('tenant', tenantId), 'acme', 'Acme', '[]', NOW, NOW],
  );
  await seed(DELIVERIES);
  await database.rows('analyze table deliveries');
}, 60_000);
afterAll(() => test.drop());

/** Every statement that a transaction of it makes, besides begin and commit. */
function counted(real: Database): Database {
  return {
    ...real,
    transaction: (work) =>
      real.transaction((sql) =>
        work({
          rows: (text, parameters) => (statements.push(text), sql.rows(text, parameters)),
          write: (text, parameters) => (statements.push(text), sql.write(text, parameters)),
        }),
      ),
  };
}

/** Deliveries of an hour, one in ten DEAD_LETTERED, the others DELIVERED. */
async function seed(count: number): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, at) => {
      const bytes = idFloor(NOW.getTime() - 3_600_000 + from + at);
      bytes[6] = 0x70;
      const eventId = encodeId('event', bytes);
      const status = (from + at) % 10 === 0 ? STATUS_CODES.DEAD_LETTERED : STATUS_CODES.DELIVERED;
      return [
        idBytes('delivery', deliveryIdFor(eventId, subscriptionId)),
        ...[idBytes('tenant', tenantId), bytes, idBytes('endpoint', endpointId)],
        ...[idBytes('subscription', subscriptionId), 'order.placed', status, 3, 0, 0, NOW, NOW],
      ];
    });
    await database.write(
      `insert into deliveries (id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, attempt_count,
         run_start, generation, created_at, updated_at) values ?`,
      [rows],
    );
  }
}

async function startReplay(selection: ReplaySelection): Promise<string> {
  const created = await makeReplayStore(database).create(
    { tenantId, selection, backfills: false, onlyMissing: false, total: 0, requestedBy: null },
    new Date(),
  );
  if (created.kind !== 'created') throw new Error(created.kind);
  return created.id;
}

const claim = async (owner = OWNER): Promise<ReplayJob> => {
  const job = await makeReplayStore(database).claim(owner, 0);
  if (!job) throw new Error('there is no replay to run');
  return job;
};

const step = (job: ReplayJob, owner = OWNER) =>
  makeReplayBatches(database).restartNext({
    ...{ job, owner, at: new Date(), dueBy: new Date(Date.now() + 600_000), limit: BATCH },
    isAlive: () => true,
  });

const countOf = async (where: string): Promise<number> => {
  const [row] = await database.rows<{ n: string }>(`select count(*) n from deliveries where ${where}`);
  return Number(row?.n);
};

it('makes the same few statements for each batch of 10,000 deliveries, and takes each once', async () => {
  const id = await startReplay({ endpointId });
  const perBatch: number[] = [];
  const seen = new Set<string>();
  for (;;) {
    statements = [];
    const result = await step(await claim());
    perBatch.push(statements.length);
    if (result.kind !== 'moved') break;
    for (const { id: deliveryId } of result.moved) {
      expect(seen.has(deliveryId)).toBe(false);
      seen.add(deliveryId);
    }
  }
  await makeReplayBatches(database).endPhase(await claim(), OWNER, new Date());
  expect(seen.size).toBe(DELIVERIES);
  expect(perBatch).toHaveLength(DELIVERIES / BATCH + 1);
  // Claiming: 2. The batch: lock the replay, look, lock, move, advance, and 4 for the change log and statistics.
  expect(new Set(perBatch.slice(0, -1))).toEqual(new Set([11]));
  expect(
    await countOf('status = 1 and generation = 1 and run_start = 3 and next_attempt_at is not null'),
  ).toBe(DELIVERIES);
  const [replay] = await makeReplayStore(database).byIds(tenantId, [id]);
  expect(replay).toMatchObject({ status: 'COMPLETED', total: DELIVERIES, done: DELIVERIES });
  const [log] = await database.rows<{ n: string; last: string }>(
    'select count(*) n, max(seq) last from delivery_changes',
  );
  expect([Number(log?.n), Number(log?.last)]).toEqual([DELIVERIES, DELIVERIES]);
}, 60_000);

it('reads each kind of selection by an index that has it in order, without sorting a range', async () => {
  const job = { tenantId, createdAt: new Date(), reached: null };
  const present = await database.rows<{ id: Buffer }>('select id from deliveries limit 20');
  const plans: [ReplaySelection, string][] = [
    [{ endpointId }, 'deliveries_endpoint'],
    [{ endpointId, subscriptionId, since: NOW }, 'deliveries_endpoint'],
    [{ endpointId, status: ['DEAD_LETTERED'] }, 'deliveries_status'],
    [{ status: ['DEAD_LETTERED', 'CANCELLED'] }, 'deliveries_status'],
    [
      { since: new Date(NOW.getTime() - 3_600_000), until: NOW, types: ['order.placed'] },
      'deliveries_status',
    ],
    [{ deliveryIds: present.map(({ id }) => encodeId('delivery', id)) }, 'PRIMARY'],
  ];
  for (const [selection, key] of plans) {
    const { sql, parameters } = deliveryWindow({ ...job, selection });
    const rows = await database.rows<{ table: string; key: string; Extra: string | null }>(
      `explain ${sql}`,
      parameters,
    );
    const reads = rows.filter(({ table }) => table === 'deliveries');
    expect(reads.length).toBeGreaterThan(0);
    for (const row of reads) {
      expect({ selection, key: row.key }).toEqual({ selection, key });
      expect(row.Extra ?? '').not.toContain('filesort');
    }
  }
});

it('gives a replay to one runner at a time, and to another when the first does not come back', async () => {
  const id = await startReplay({ endpointId, status: ['PENDING'] });
  const job = await claim('first');
  expect(job.id).toBe(id);
  expect(await makeReplayStore(database).claim('second', 0)).toBeUndefined();
  await step(job, 'first');
  await database.write('update replays set lease_until = utc_timestamp(3) - interval 1 second where id = ?', [
    idBytes('replay', id),
  ]);
  const taken = await claim('second');
  expect(taken.unsent).toHaveLength(BATCH);
  expect(taken.reached).not.toBeNull();
  // The first was only slow: it finds that it has been relieved.
  expect(await step(taken, 'first')).toEqual({ kind: 'lost' });
  // And nobody does a batch twice that was done.
  expect(await step(job, 'second')).toEqual({ kind: 'lost' });
  expect(await step(taken, 'second')).toMatchObject({ kind: 'moved' });
  await makeReplayStore(database).cancel(tenantId, id, new Date());
  expect(await step(taken, 'second')).toEqual({ kind: 'lost' });
  expect(await makeReplayStore(database).claim('second', 0)).toBeUndefined();
});

it('lets others have what a runner that stops was at', async () => {
  await startReplay({ endpointId, status: ['PENDING'] });
  const job = await claim('first');
  await makeReplayStore(database).release('first');
  expect((await claim('second')).id).toBe(job.id);
  await makeReplayStore(database).cancel(tenantId, job.id, new Date());
});
