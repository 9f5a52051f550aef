import { newId, idBytes, encodeId, idFloor } from '../../../src/domain/ids';
import { makeDatabase } from '../../../src/store/database';
import { makeHousekeeping } from '../../../src/store/upkeep/housekeeping';
import { makePartitions } from '../../../src/store/upkeep/partitions';
import { seedDelivery } from '../../support/seed/seed-deliveries';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';
import { makeDataSource } from '../../../src/store/data-source';

const DAY_MS = 86_400_000;
const KEPT = ['events', 'deliveries', 'delivery_attempts', 'delivery_changes'];
const TABLES = [...KEPT, 'audit_entries', 'stat_minutes'];
const now = new Date();
let database: TestDatabase;

beforeEach(async () => {
  database = await makeTestDatabase();
});
afterEach(() => database.drop());

const dayName = (daysFromNow: number): string =>
  `p${new Date(now.getTime() + daysFromNow * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;

async function partitionsOf(table: string): Promise<string[]> {
  const rows = await database.dataSource.query<{ name: string }[]>(
    `select partition_name as name from information_schema.partitions
     where table_schema = database() and table_name = ? order by partition_ordinal_position`,
    [table],
  );
  return rows.map(({ name }) => name);
}

async function countIn(table: string, partition: string): Promise<number> {
  const [row] = await database.dataSource.query<{ count: string }[]>(
    `select count(*) as count from ${table} partition (${partition})`,
  );
  return Number(row?.count);
}

const keeper = () => makePartitions(makeDatabase(database.dataSource));

it('makes a partition for every day from yesterday to three days ahead, in every table that grows', async () => {
  await keeper().keepUp(now, 30);
  for (const table of TABLES) {
    expect(await partitionsOf(table)).toEqual([...[-1, 0, 1, 2, 3].map(dayName), 'p_future']);
  }
});

it('does nothing the second time', async () => {
  const first = await keeper().keepUp(now, 30);
  expect(first.added).toHaveLength(5 * TABLES.length);
  expect(await keeper().keepUp(now, 30)).toEqual({ added: [], dropped: [], busy: [] });
});

it('puts what is written now into the partition of today', async () => {
  await keeper().keepUp(now, 30);
  const ids = {
    tenantId: newId('tenant'),
    endpointId: newId('endpoint'),
    subscriptionId: newId('subscription'),
  };
  await seedDelivery(database, ids);
  await database.dataSource.query('insert into delivery_changes values (?, 1, ?, 1, 0, ?)', [
    idBytes('tenant', ids.tenantId),
    Buffer.alloc(16),
    new Date(),
  ]);
  await database.dataSource.query('insert into stat_minutes (subject_id, at, tenant_id) values (?, ?, ?)', [
    idBytes('endpoint', ids.endpointId),
    Math.floor(Date.now() / 60_000),
    idBytes('tenant', ids.tenantId),
  ]);
  for (const table of [...KEPT, 'stat_minutes']) expect(await countIn(table, dayName(0))).toBe(1);
});

it('drops what is past retention with all of its rows, and nothing younger', async () => {
  await keeper().keepUp(now, 30);
  const tenant = idBytes('tenant', newId('tenant'));
  const eventOn = (daysFromNow: number): string =>
    encodeId(
      'event',
      Buffer.concat([idFloor(now.getTime() + daysFromNow * DAY_MS).subarray(0, 6), Buffer.alloc(10, 7)]),
    );
  const ids = [0, 1, 2].map(eventOn);
  for (const id of ids) {
    await database.dataSource.query(
      `insert into events (id, tenant_id, type, version, data, occurred_at, received_at) values (?, ?, 'a', 1, '1', ?, ?)`,
      [idBytes('event', id), tenant, now, now],
    );
  }
  const { dropped } = await keeper().keepUp(new Date(now.getTime() + 31 * DAY_MS), 30);
  const retained = (name: string): boolean => !name.startsWith('stat_minutes.');
  expect(dropped.filter(retained).sort()).toEqual(
    [...KEPT, 'audit_entries'].flatMap((table) => [-1, 0].map((day) => `${table}.${dayName(day)}`)).sort(),
  );
  const left = await database.dataSource.query<{ id: Buffer }[]>('select id from events order by id');
  expect(left.map(({ id }) => encodeId('event', id))).toEqual(ids.slice(1));
  expect((await partitionsOf('events')).at(-2)).toBe(dayName(34));
});

it('keeps the audit log as long as it is told to, whatever becomes of the rest', async () => {
  await keeper().keepUp(now, 30, 90);
  const after = await keeper().keepUp(new Date(now.getTime() + 60 * DAY_MS), 30, 90);
  const isKept = (name: string) => !name.startsWith('stat_minutes');
  expect(after.dropped.filter(isKept).map((name) => name.split('.')[0])).toEqual(
    KEPT.flatMap((table) => Array<string>(5).fill(table)),
  );
  const later = await keeper().keepUp(new Date(now.getTime() + 90 * DAY_MS), 3000, 90);
  expect(later.dropped.filter(isKept)).toEqual([`audit_entries.${dayName(-1)}`]);
});

it('keeps the minutes of statistics for two days, whatever retention says', async () => {
  await keeper().keepUp(now, 30);
  const { dropped } = await keeper().keepUp(new Date(now.getTime() + 2 * DAY_MS), 30);
  expect(dropped).toEqual([`stat_minutes.${dayName(-1)}`]);
});

it('is done once when several processes do it at the same moment', async () => {
  const other = await makeDataSource({ url: database.url, connectionLimit: 2 }).initialize();
  try {
    const reports = await Promise.all(
      [database.dataSource, other, database.dataSource].map((source) =>
        makePartitions(makeDatabase(source)).keepUp(now, 30),
      ),
    );
    expect(reports.flatMap(({ added }) => added).sort()).toHaveLength(5 * TABLES.length);
  } finally {
    await other.destroy();
  }
});

it('can be done by another process after it failed in one', async () => {
  await database.dataSource.query('rename table delivery_changes to delivery_changes_away');
  await expect(keeper().keepUp(now, 30)).rejects.toThrow();
  await database.dataSource.query('rename table delivery_changes_away to delivery_changes');
  const other = await makeDataSource({ url: database.url, connectionLimit: 1 }).initialize();
  try {
    const { added } = await makePartitions(makeDatabase(other)).keepUp(now, 30);
    expect(added.filter((name) => name.startsWith('delivery_changes.'))).toHaveLength(5);
  } finally {
    await other.destroy();
  }
});

it('forgets idempotency keys that are past their lifetime, and no others', async () => {
  for (const [hash, expiresInMs] of [
    ['a', -1000],
    ['b', 60_000],
  ] as const) {
    await database.dataSource.query('insert into idempotency_keys values (?, ?, ?, ?)', [
      Buffer.alloc(16, 1),
      Buffer.alloc(16, hash),
      Buffer.alloc(16, 2),
      new Date(now.getTime() + expiresInMs),
    ]);
  }
  const { keysExpired } = await makeHousekeeping(makeDatabase(database.dataSource), 30, 30).run(now);
  expect(keysExpired).toBe(1);
  const left = await database.dataSource.query<{ key_hash: Buffer }[]>(
    'select key_hash from idempotency_keys',
  );
  expect(left).toEqual([{ key_hash: Buffer.alloc(16, 'b') }]);
});
