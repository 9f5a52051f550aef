import { encodeId, idBytes, idFloor, newId } from '../../../src/domain/ids';
import { makeDatabase } from '../../../src/store/database';
import { makeDataSource } from '../../../src/store/data-source';
import { makeHousekeeping } from '../../../src/store/upkeep/housekeeping';
import { makePartitions } from '../../../src/store/upkeep/partitions';
import { seedDelivery } from '../../support/seed/seed-deliveries';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';
import { waitUntil } from '../../support/wait-until';

const DAY_MS = 86_400_000;
const RETENTION_DAYS = 30;
const OLD = 500;
const WRITERS = 3;
/** A housekeeper asks for a table for a second; all who come later wait behind it for as long, at most. */
const LONGEST_WAIT_MS = 10_000;
const now = new Date();
const long = new Date(now.getTime() - (RETENTION_DAYS + 5) * DAY_MS);
let database: TestDatabase;

beforeAll(async () => {
  database = await makeTestDatabase();
  await makePartitions(makeDatabase(database.dataSource)).keepUp(long, RETENTION_DAYS);
}, 60_000);
afterAll(() => database.drop());

const sql = <Row>(text: string, parameters: unknown[] = []): Promise<Row[]> =>
  database.dataSource.query<Row[]>(text, parameters);

/** Events, deliveries and attempts of a day that is past retention, and what statistics say about it. */
async function seedOldDay(): Promise<void> {
  const tenant = idBytes('tenant', newId('tenant'));
  const ids = Array.from({ length: OLD }, (_, n) => {
    const tail = Buffer.alloc(10);
    tail.writeUInt32BE(n);
    return Buffer.concat([idFloor(long.getTime()).subarray(0, 6), tail]);
  });
  await database.dataSource.query(
    `insert into events (id, tenant_id, type, version, data, occurred_at, received_at) values
     ${ids.map(() => "(?, ?, 'a.b', 1, '1', ?, ?)").join(', ')}`,
    ids.flatMap((id) => [id, tenant, long, long]),
  );
  await sql(
    'insert into deliveries (id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, attempt_count, run_start, generation, created_at, updated_at) select id, tenant_id, id, id, id, type, 4, 1, 0, 0, occurred_at, occurred_at from events',
  );
  await sql(
    "insert into delivery_attempts (delivery_id, number, at, duration_ms, ok, request_headers) select id, 1, occurred_at, 1, true, '{}' from events",
  );
  await sql('insert into stat_hours (subject_id, at, tenant_id) values (?, ?, ?)', [
    tenant,
    Math.floor(long.getTime() / 60_000),
    tenant,
  ]);
}

/** Writes as routing and recording do, all the time, and notes the longest that one of them took. */
function keepWriting() {
  const owner = {
    tenantId: newId('tenant'),
    endpointId: newId('endpoint'),
    subscriptionId: newId('subscription'),
  };
  let stopped = false;
  const seen = { written: 0, longestMs: 0 };
  const write = async (): Promise<void> => {
    while (!stopped) {
      const startedAtMs = performance.now();
      await seedDelivery(database, owner);
      seen.longestMs = Math.max(seen.longestMs, performance.now() - startedAtMs);
      seen.written++;
    }
  };
  const writers = Array.from({ length: WRITERS }, write);
  return {
    seen,
    async stop() {
      stopped = true;
      await Promise.all(writers);
    },
  };
}

it('makes and drops days under load without keeping writers waiting, and waits for no reader', async () => {
  await seedOldDay();
  const other = await makeDataSource({ url: database.url, connectionLimit: 2 }).initialize();
  const housekeeping = makeHousekeeping(makeDatabase(other), RETENTION_DAYS, RETENTION_DAYS);
  const reader = other.createQueryRunner();
  const load = keepWriting();
  try {
    // As a dump does, or a session that somebody forgot.
    await reader.startTransaction();
    await reader.query('select count(*) from deliveries');
    const first = await housekeeping.run(now);
    expect(first.tablesBusy).toEqual(['deliveries']);
    expect(first.partitionsDropped).toContainEqual(expect.stringMatching(/^events\./));

    await reader.rollbackTransaction();
    const { written } = load.seen;
    await waitUntil(() => load.seen.written > written + 20, 15_000);
    const second = await housekeeping.run(now);
    expect(second.tablesBusy).toEqual([]);
    expect(second.partitionsDropped).toContainEqual(expect.stringMatching(/^deliveries\./));
  } finally {
    await load.stop();
    await reader.release();
    await other.destroy();
  }
  expect(load.seen.longestMs).toBeLessThan(LONGEST_WAIT_MS);

  for (const table of ['events', 'deliveries', 'delivery_attempts']) {
    const column = table === 'delivery_attempts' ? 'delivery_id' : 'id';
    const [oldest] = await sql<{ id: Buffer }>(`select min(${column}) as id from ${table}`);
    expect(
      encodeId('event', oldest?.id ?? Buffer.alloc(16)) > encodeId('event', idFloor(now.getTime() - DAY_MS)),
    ).toBe(true);
    const [left] = await sql<{ n: string }>(`select count(*) as n from ${table}`);
    expect(Number(left?.n)).toBe(load.seen.written);
  }
  expect(await sql('select 1 from stat_hours')).toHaveLength(1);
}, 120_000);
