import { exactSince, hourOf, type Minute } from '../../domain/stats/stats-range';
import { addTally, emptyTally, type Tally } from '../../domain/stats/tally';
import { addEncodedLatencies } from '../../domain/stats/latencies';
import { chunks } from '../chunks';
import type { Database, Sql } from '../database';
import { TALLY_COLUMNS, TALLY_UPSERT, tallyValues, toTally, type TallyRow } from './stat-rows';

export interface StatsFolder {
  /** Adds deltas to the sums, at most so many batches. Gives the number of deltas; 0 when another process folds. */
  foldStats(now: Date, maxBatches: number): Promise<number>;
}

export const DELTAS_PER_BATCH = 2000;

/** Rows of minutes are written a little longer than they are read, whatever two clocks differ by. */
const MARGIN_MINUTES = 60;

export function makeStatsFolder(database: Database): StatsFolder {
  return {
    async foldStats(now, maxBatches) {
      let folded = 0;
      for (let batch = 0; batch < maxBatches; batch++) {
        const count = await database.transaction((sql) => foldBatch(sql, now));
        folded += count;
        if (count < DELTAS_PER_BATCH) break;
      }
      return folded;
    },
  };
}

type DeltaRow = TallyRow & { id: string; subject_id: Buffer; tenant_id: Buffer; at: number };

interface Sum {
  subject: Buffer;
  tenant: Buffer;
  at: Minute;
  tally: Tally;
}

/**
 * Sums and deletion are one transaction, so a delta counts once wherever a process dies. It deletes exactly the rows it
 * has read: ids are given out before commits, so "everything up to the highest id" would delete deltas never seen.
 */
async function foldBatch(sql: Sql, now: Date): Promise<number> {
  // The lock ends with the transaction. Two folders at once would both read a histogram and both write it.
  const lock = await sql.rows('select id from stat_folder for update skip locked');
  if (lock.length === 0) return 0;
  const deltas = await sql.rows<DeltaRow>(
    `select id, subject_id, tenant_id, at, ${TALLY_COLUMNS} from stat_deltas
     order by id limit ? for update skip locked`,
    [DELTAS_PER_BATCH],
  );
  if (deltas.length === 0) return 0;
  const minutesFrom = exactSince(now) - MARGIN_MINUTES;
  const recent = deltas.filter(({ at }) => at >= minutesFrom);
  await addToSums(
    sql,
    'stat_minutes',
    sumsBy(recent, (at) => at),
  );
  await addToSums(sql, 'stat_hours', sumsBy(deltas, hourOf));
  for (const part of chunks(deltas)) await deleteDeltas(sql, part);
  return deltas.length;
}

/**
 * Row by row through the key. `where id in (…)` would be a scan, as the rows are nearly all there are, and the scan
 * would wait for rows of transactions that are under way: one slow transaction would stop the folding.
 */
async function deleteDeltas(sql: Sql, deltas: readonly DeltaRow[]): Promise<void> {
  const others = ' union all select ?'.repeat(deltas.length - 1);
  await sql.write(
    `delete d from (select ? as id${others}) v straight_join stat_deltas d on d.id = v.id`,
    // As numbers: compared with text the key is not used either.
    deltas.map(({ id }) => Number(id)),
  );
}

/** In key order: rows that are new go next to each other. */
function sumsBy(deltas: readonly DeltaRow[], startOf: (at: Minute) => Minute): Sum[] {
  const sums = new Map<string, Sum>();
  for (const delta of deltas) {
    const at = startOf(delta.at);
    const key = keyOf(delta.subject_id, at);
    const sum = sums.get(key) ?? {
      subject: delta.subject_id,
      tenant: delta.tenant_id,
      at,
      tally: emptyTally(),
    };
    addTally(sum.tally, toTally(delta));
    sums.set(key, sum);
  }
  return [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

const keyOf = (subject: Buffer, at: Minute): string => `${subject.toString('hex')}/${at}`;

async function addToSums(
  sql: Sql,
  table: 'stat_minutes' | 'stat_hours',
  sums: readonly Sum[],
): Promise<void> {
  for (const part of chunks(sums)) {
    await addPresentLatencies(sql, table, part);
    await sql.write(
      `insert into ${table} (subject_id, tenant_id, at, ${TALLY_COLUMNS}) values ?
       on duplicate key update ${TALLY_UPSERT}`,
      [part.map(({ subject, tenant, at, tally }) => [subject, tenant, at, ...tallyValues(tally)])],
    );
  }
}

/** Numbers are added by the database; a histogram is read, added to, and written back. */
async function addPresentLatencies(
  sql: Sql,
  table: 'stat_minutes' | 'stat_hours',
  sums: readonly Sum[],
): Promise<void> {
  const changed = sums.filter(({ tally }) => tally.latencies.size > 0);
  if (changed.length === 0) return;
  const first = 'select ? as subject_id, ? as at';
  const others = ' union all select ?, ?'.repeat(changed.length - 1);
  const rows = await sql.rows<{ subject_id: Buffer; at: number; latencies: Buffer | null }>(
    `select s.subject_id, s.at, s.latencies from (${first}${others}) v
     straight_join ${table} s on s.subject_id = v.subject_id and s.at = v.at`,
    changed.flatMap(({ subject, at }) => [subject, at]),
  );
  const present = new Map(rows.map((row) => [keyOf(row.subject_id, row.at), row.latencies]));
  for (const { subject, at, tally } of changed) {
    addEncodedLatencies(tally.latencies, present.get(keyOf(subject, at)) ?? null);
  }
}
