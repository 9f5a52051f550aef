import type { Counted } from '../../domain/page';
import type { Database } from '../database';
import { runsOf, spanCondition, type Listing, type Way } from './list-ways';

/** Counted exactly up to here. To check a row is dearer than to pass over an entry of an index. */
export const MOST_COUNTED = { entries: 10_000, rows: 2000 } as const;

export interface CountLimits {
  entries: number;
  rows: number;
}

/** How many rows a list has; at least so many, where counting would take too long. */
export async function countAlong(
  database: Database,
  listing: Listing,
  limits: CountLimits = MOST_COUNTED,
): Promise<Counted> {
  const { ways } = listing;
  const plain = ways.find(({ rest }) => rest.length === 0);
  const most = plain ? limits.entries : limits.rows;
  const sizes: { way: Way; entries: number }[] = [];
  for (const way of plain ? [plain] : ways) {
    sizes.push({ way, entries: await countEntries(database, listing, way, most) });
  }
  const [least] = sizes.sort((a, b) => a.entries - b.entries);
  if (!least) return { count: 0, isExact: true };
  const isExact = least.entries <= most;
  const count = plain ? least.entries : await countFitting(database, listing, least.way, most);
  return { count: Math.min(count, most), isExact };
}

/** One more than `most` where there are more. Covering. */
async function countEntries(database: Database, listing: Listing, way: Way, most: number): Promise<number> {
  const { sql, parameters } = entriesOf(listing, way, 'id', most + 1);
  const [row] = await database.rows<{ n: number | string }>(
    `select count(*) n from (${sql}) looked_at`,
    parameters,
  );
  return Math.min(Number(row?.n ?? 0), most + 1);
}

async function countFitting(database: Database, listing: Listing, way: Way, most: number): Promise<number> {
  const { sql, parameters } = entriesOf(listing, way, listing.checked, most);
  const [row] = await database.rows<{ n: number | string }>(
    `select count(*) n from (${sql}) looked_at where ${way.rest.map(([condition]) => condition).join(' and ')}`,
    [...parameters, ...way.rest.map(([, parameter]) => parameter)],
  );
  return Number(row?.n ?? 0);
}

function entriesOf(
  { table, span }: Listing,
  way: Way,
  columns: string,
  most: number,
): { sql: string; parameters: unknown[] } {
  const range = spanCondition(span);
  const parts = runsOf(way).map(
    ({ index, where }) =>
      `(select ${columns} from ${table} force index (${index}) where ${where}${range.sql} limit ${most})`,
  );
  return {
    sql: `${parts.join(' union all ')} limit ${most}`,
    parameters: runsOf(way).flatMap((run) => [...run.parameters, ...range.parameters]),
  };
}
