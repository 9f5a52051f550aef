import type { DataSource } from 'typeorm';
import { STATUS_CODES } from '../domain/delivery/delivery-status';
import { makeDatabase, type Database } from './database';

/** What a look at the database shows, without changing anything. */
export interface DatabaseReport {
  /** As the server says it, e.g. `10.11.6-MariaDB`. */
  version: string;
  /** Migrations of this program that the database lacks. */
  pendingMigrations: string[];
  /** Migrations of the database that this program does not know. */
  unknownMigrations: string[];
  /** How far the database's clock is ahead of this process's; within half of the time that asking took. */
  clockAheadMs: number;
  /** Days after today for which every growing table has a partition; -1 when one lacks today's. */
  partitionDaysAhead: number;
  /** How late the oldest delivery is whose attempt is due; 0 when none is. */
  oldestDueMs: number;
}

const DAY_MS = 86_400_000;

export async function inspectDatabase(source: DataSource): Promise<DatabaseReport> {
  const database = makeDatabase(source);
  const [server] = await database.rows<{ version: string }>('select version() as version');
  const migrations = await compareMigrations(source, database);
  const isEmpty = migrations.applied.length === 0;
  return {
    version: server?.version ?? '',
    pendingMigrations: migrations.pending,
    unknownMigrations: migrations.unknown,
    clockAheadMs: await measureClock(database),
    partitionDaysAhead: isEmpty ? -1 : await countDaysAhead(database),
    oldestDueMs: isEmpty ? 0 : await findOldestDue(database),
  };
}

async function compareMigrations(
  source: DataSource,
  database: Database,
): Promise<{ applied: string[]; pending: string[]; unknown: string[] }> {
  const [table] = await database.rows(
    `select 1 from information_schema.tables where table_schema = database() and table_name = 'migrations'`,
  );
  const rows = table ? await database.rows<{ name: string }>('select name from migrations') : [];
  const applied = rows.map(({ name }) => name);
  const known = source.migrations.map(({ name, constructor }) => name ?? constructor.name);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

async function measureClock(database: Database): Promise<number> {
  const beforeMs = Date.now();
  const [row] = await database.rows<{ now: Date }>('select utc_timestamp(3) as now');
  const afterMs = Date.now();
  return Math.round((row?.now.getTime() ?? Number.NaN) - (beforeMs + afterMs) / 2);
}

/** By the table that has the fewest. */
async function countDaysAhead(database: Database): Promise<number> {
  const rows = await database.rows<{ last: string }>(
    `select max(partition_name) as last from information_schema.partitions
     where table_schema = database() and partition_name like 'p2%' group by table_name`,
  );
  const today = Math.floor(Date.now() / DAY_MS);
  const days = rows.map(
    ({ last }) => Date.UTC(+last.slice(1, 5), +last.slice(5, 7) - 1, +last.slice(7, 9)) / DAY_MS - today,
  );
  return days.length === 0 ? -1 : Math.max(-1, Math.min(...days));
}

/** By the database's clock on both sides: whoever wrote the row may have had another. */
async function findOldestDue(database: Database): Promise<number> {
  const [row] = await database.rows<{ late: string | null }>(
    `select timestampdiff(microsecond, min(next_attempt_at), utc_timestamp(3)) as late from deliveries
     where status in (?)`,
    [[STATUS_CODES.PENDING, STATUS_CODES.RETRYING]],
  );
  return Math.max(0, Math.round(Number(row?.late ?? 0) / 1000));
}
