import type { TenantScope } from '../../domain/settings';
import { idBytes } from '../../domain/ids';
import {
  finestStretchesOf,
  stretchesOf,
  type StatsPoint,
  type StatsRange,
  type Stretch,
} from '../../domain/stats/stats-range';
import { emptyTally, type StatsSubject, type Tally } from '../../domain/stats/tally';
import type { Database } from '../database';
import { TALLY_COLUMNS, addRow, subjectBytes, toTally, type TallyRow } from './stat-rows';

export interface StatsQueries {
  /** In the order given; zeros for what the scope does not reach. One statement for any number of subjects. */
  totals(scope: TenantScope, subjects: readonly StatsSubject[], range: StatsRange): Promise<Tally[]>;
  /** The same as it is kept, minute by minute or hour by hour; a minute may come more than once. */
  points(scope: TenantScope, subjects: readonly StatsSubject[], range: StatsRange): Promise<StatsPoint[][]>;
}

type Row = TallyRow & { subject_id: Buffer; at: number };

const TABLES: Record<Stretch['unit'], string> = { minute: 'stat_minutes', hour: 'stat_hours' };

export function makeStatsQueries(database: Database): StatsQueries {
  async function rowsBySubject(
    scope: TenantScope,
    subjects: readonly StatsSubject[],
    range: StatsRange,
    stretches: readonly Stretch[],
  ): Promise<Row[][]> {
    if (subjects.length === 0) return [];
    const { sql, parameters } = statsStatement(scope, subjects, range, stretches);
    const groups = new Map<string, Row[]>(subjects.map((subject) => [keyOf(subjectBytes(subject)), []]));
    for (const row of await database.rows<Row>(sql, parameters)) groups.get(keyOf(row.subject_id))?.push(row);
    return subjects.map((subject) => groups.get(keyOf(subjectBytes(subject))) ?? []);
  }
  return {
    async totals(scope, subjects, range) {
      const groups = await rowsBySubject(scope, subjects, range, stretchesOf(range));
      return groups.map((rows) => {
        const tally = emptyTally();
        for (const row of rows) addRow(tally, row);
        return tally;
      });
    },

    async points(scope, subjects, range) {
      const groups = await rowsBySubject(scope, subjects, range, finestStretchesOf(range));
      return groups.map((rows) => rows.map((row) => ({ at: row.at, tally: toTally(row) })));
    },
  };
}

const keyOf = (subject: Buffer): string => subject.toString('hex');

/**
 * One statement and so one snapshot: read one after the other, a delta that is folded in between would count twice or
 * not at all.
 */
export function statsStatement(
  scope: TenantScope,
  subjects: readonly StatsSubject[],
  { from, end }: StatsRange,
  stretches: readonly Stretch[],
): { sql: string; parameters: unknown[] } {
  const ids = subjects.map(subjectBytes);
  const sources = [
    ...stretches.map((stretch) => ({ ...stretch, table: TABLES[stretch.unit] })),
    { table: 'stat_deltas', from, end },
  ];
  // The tenant is checked on the rows themselves: an endpoint of another one has no statistics here.
  const own = scope === null ? '' : ' and tenant_id = ?';
  return {
    sql: sources
      .map(
        ({ table }) =>
          `select subject_id, at, ${TALLY_COLUMNS} from ${table} where subject_id in (?) and at >= ? and at < ?${own}`,
      )
      .join(' union all '),
    parameters: sources.flatMap((source) => [
      ids,
      source.from,
      source.end,
      ...(scope === null ? [] : [idBytes('tenant', scope)]),
    ]),
  };
}
