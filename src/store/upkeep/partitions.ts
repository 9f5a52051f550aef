import type { QueryRunner } from 'typeorm';
import { idFloor } from '../../domain/ids';
import { MINUTE_MS } from '../../domain/stats/stats-range';
import { errorNumber, LOCK_WAIT_TIMEOUT, type Database } from '../database';

/**
 * Day partitions of the tables that grow: made ahead of time, so that the catch-all `p_future` stays empty and
 * splitting it copies nothing; dropped when they are past retention, which costs the same for any number of rows.
 */
const TABLES: readonly GrowingTable[] = [
  { name: 'events', bound: idBound },
  { name: 'deliveries', bound: idBound },
  { name: 'delivery_attempts', bound: idBound },
  { name: 'delivery_changes', bound: timeBound },
  { name: 'audit_entries', bound: idBound, isAudit: true },
  { name: 'stat_minutes', bound: minuteBound, keepDays: 2 },
];

interface GrowingTable {
  name: string;
  /** The least key of a day, as SQL. */
  bound: (day: number) => string;
  /** Its retention is a setting of its own. */
  isAudit?: true;
  /** When it is not retention that decides. */
  keepDays?: number;
}

const DAY_MS = 86_400_000;
const DAYS_AHEAD = 3;
const LOCK = 'warren.partitions';
/**
 * A change of a table waits until every transaction that has read it has ended, and whoever comes later waits behind the
 * change. A dump or a forgotten session would so stop all of Warren: it is left for the next time instead.
 */
const TABLE_LOCK_SECONDS = 1;

export interface PartitionReport {
  added: string[];
  dropped: string[];
  /** Tables that somebody else had open for too long. */
  busy: string[];
}

export interface Partitions {
  /** Idempotent; one process at a time does it. */
  keepUp(now: Date, retentionDays: number, auditRetentionDays?: number): Promise<PartitionReport>;
}

export function makePartitions(database: Database): Partitions {
  return {
    async keepUp(now, retentionDays, auditRetentionDays = retentionDays) {
      const report: PartitionReport = { added: [], dropped: [], busy: [] };
      const today = Math.floor(now.getTime() / DAY_MS);
      const runner = database.source.createQueryRunner();
      try {
        // The lock belongs to the connection, so everything here runs on this one.
        const [lock] = (await runner.query('select get_lock(concat(database(), ?), 0) as taken', [
          `.${LOCK}`,
        ])) as {
          taken: number;
        }[];
        if (Number(lock?.taken) !== 1) return report;
        try {
          await runner.query(`set session lock_wait_timeout = ${TABLE_LOCK_SECONDS}`);
          for (const table of TABLES) {
            const days = table.isAudit ? auditRetentionDays : retentionDays;
            await keepUpTable(runner, table, today, days, report).catch((error: unknown) => {
              if (errorNumber(error) !== LOCK_WAIT_TIMEOUT) throw error;
              report.busy.push(table.name);
            });
          }
        } finally {
          await runner.query('set session lock_wait_timeout = default');
          await runner.query('select release_lock(concat(database(), ?))', [`.${LOCK}`]);
        }
        return report;
      } finally {
        await runner.release();
      }
    },
  };
}

async function keepUpTable(
  runner: QueryRunner,
  table: GrowingTable,
  today: number,
  retentionDays: number,
  report: PartitionReport,
): Promise<void> {
  const present = await readPartitions(runner, table.name);
  const missing = daysToAdd(present, today);
  if (missing.length > 0) {
    const parts = missing.map((day) => `partition ${nameOf(day)} values less than (${table.bound(day + 1)})`);
    await runner.query(
      `alter table ${table.name} reorganize partition p_future
       into (${parts.join(', ')}, partition p_future values less than (maxvalue))`,
    );
    report.added.push(...missing.map((day) => `${table.name}.${nameOf(day)}`));
  }
  const expired = present.filter((day) => day < today - (table.keepDays ?? retentionDays));
  if (expired.length > 0) {
    await runner.query(`alter table ${table.name} drop partition ${expired.map(nameOf).join(', ')}`);
    report.dropped.push(...expired.map((day) => `${table.name}.${nameOf(day)}`));
  }
}

/** Days since the epoch that have a partition of their own, in order. */
async function readPartitions(runner: QueryRunner, table: string): Promise<number[]> {
  const rows = (await runner.query(
    `select partition_name as name from information_schema.partitions
     where table_schema = database() and table_name = ? and partition_name like 'p2%' order by partition_name`,
    [table],
  )) as { name: string }[];
  return rows.map(
    ({ name }) => Date.UTC(+name.slice(1, 5), +name.slice(5, 7) - 1, +name.slice(7, 9)) / DAY_MS,
  );
}

/** Only days after the last one there is: a partition can be split off the end, not put in between. */
function daysToAdd(present: readonly number[], today: number): number[] {
  const first = Math.max((present.at(-1) ?? today - 2) + 1, today - 1);
  const days: number[] = [];
  for (let day = first; day <= today + DAYS_AHEAD; day++) days.push(day);
  return days;
}

function nameOf(day: number): string {
  return `p${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

function idBound(day: number): string {
  return `x'${idFloor(day * DAY_MS).toString('hex')}'`;
}

function timeBound(day: number): string {
  return `'${new Date(day * DAY_MS).toISOString().slice(0, 10)}'`;
}

function minuteBound(day: number): string {
  return String((day * DAY_MS) / MINUTE_MS);
}
