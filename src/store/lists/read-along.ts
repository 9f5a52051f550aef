import type { Page, PageRequest } from '../../domain/page';
import type { Database } from '../database';
import { runsOf, spanCondition, spanOfPage, type Listing, type Span, type Way } from './list-ways';
import { readPage, type Order } from './page';

/** Entries of each way that are looked at for one page: enough for fifty rows where one in twenty fits. */
const MOST_LOOKED_AT = 1000;

/**
 * A page of a list. Where a way answers everything it is read to its end; else so many rows are checked and no more: the
 * page may be short of what was asked, and says where to go on.
 */
export async function readAlong<Row extends { id: Buffer }>(
  database: Database,
  listing: Listing,
  page: PageRequest,
): Promise<Page<Row>> {
  const span = spanOfPage(listing.span, page);
  const { ways } = listing;
  if (ways.length === 0) return readPage(page, () => Promise.resolve([]));
  const plain = ways.find(({ rest, pile }) => rest.length === 0 && !pile);
  if (plain)
    return readPage(page, (order, take) => readRows<Row>(database, listing, plain, { span, order, take }));
  let edge: Buffer | undefined;
  const result = await readPage(page, async (order, take) => {
    const best = await shortestWay(database, listing, { span, order, entries: MOST_LOOKED_AT });
    edge = best.edge;
    return readRows<Row>(database, listing, best.way, { span: upTo(span, order, edge), order, take });
  });
  if (!edge || (page.fromEnd ? result.hasPreviousPage : result.hasNextPage)) return result;
  return page.fromEnd
    ? { ...result, hasPreviousPage: true, start: edge }
    : { ...result, hasNextPage: true, end: edge };
}

/** The edge itself is not looked at: whoever goes on from it begins with what lies beyond. */
function upTo(span: Span, order: Order, edge: Buffer | undefined): Span {
  if (!edge) return span;
  return order === 'DESC' ? { ...span, above: before(edge) } : { ...span, below: next(edge) };
}

interface Probe {
  span: Span;
  order: Order;
  entries: number;
}

interface Reach {
  way: Way;
  /** How far that many entries reach; undefined: the list ends before. */
  edge: Buffer | undefined;
  entries: number;
}

/**
 * The way on which so many entries reach farthest. This touches no rows, and it knows what statistics do not: which of
 * two conditions is the rarer one in this very place of the list.
 */
async function shortestWay(
  database: Database,
  { table, ways }: Listing,
  { span, order, entries }: Probe,
): Promise<Reach> {
  const range = spanCondition(span);
  const parts: string[] = [];
  const parameters: unknown[] = [];
  for (const [index, way] of ways.entries()) {
    for (const run of runsOf(way)) {
      const isPile = run === way.pile;
      const most = isPile ? entries : Math.ceil(entries / way.runs.length);
      parts.push(`select ${index} way, ${Number(isPile)} pile, count(*) n, count(*) >= ${most} cut,
          ${order === 'DESC' ? 'min' : 'max'}(id) edge
        from (select id from ${table} force index (${run.index}) where ${run.where}${range.sql}
          ${isPile ? '' : `order by id ${order}`} limit ${most}) looked_at`);
      parameters.push(...run.parameters, ...range.parameters);
    }
  }
  const rows = await database.rows<ProbeRow>(parts.join(' union all '), parameters);
  const reaches = ways.flatMap((way, index): Reach[] => {
    const own = rows.filter((row) => Number(row.way) === index);
    const cut = own.filter((row) => Number(row.cut) === 1);
    if (cut.some(({ pile }) => Number(pile) === 1)) return [];
    const edges = cut.map(({ edge }) => edge).sort((a, b) => a.compare(b));
    return [
      {
        way,
        // Beyond the first of the places where runs were left, not all of them have been looked at.
        edge: order === 'DESC' ? edges.at(-1) : edges[0],
        entries: own.reduce((sum, { n }) => sum + Number(n), 0),
      },
    ];
  });
  const [best] = reaches.sort((a, b) => {
    if (!a.edge || !b.edge) return a.edge ? 1 : b.edge ? -1 : a.entries - b.entries;
    return order === 'DESC' ? a.edge.compare(b.edge) : b.edge.compare(a.edge);
  });
  if (!best) throw new Error(`a list of ${table} has no way that is in order`);
  return best;
}

interface ProbeRow {
  way: number | string;
  pile: number | string;
  n: number | string;
  cut: number | string;
  edge: Buffer;
}

interface Reading {
  span: Span;
  order: Order;
  take: number;
}

/** The first rows of each run, merged: no run is read farther than the page can need. */
function readRows<Row>(
  database: Database,
  { table, columns }: Listing,
  way: Way,
  { span, order, take }: Reading,
): Promise<Row[]> {
  const range = spanCondition(span);
  const checks = way.rest.map(([condition]) => ` and ${condition}`).join('');
  const tail = `order by id ${order} limit ${take}`;
  const parts = runsOf(way).map(
    ({ index, where }) =>
      `select ${columns} from ${table} force index (${index}) where ${where}${range.sql}${checks} ${tail}`,
  );
  return database.rows<Row>(
    parts.length === 1 ? parts.join('') : `${parts.map((part) => `(${part})`).join(' union all ')} ${tail}`,
    runsOf(way).flatMap((run) => [
      ...run.parameters,
      ...range.parameters,
      ...way.rest.map(([, parameter]) => parameter),
    ]),
  );
}

/** The ids beside an id: a span has both its ends outside. */
const before = (id: Buffer): Buffer => shifted(id, -1n);
const next = (id: Buffer): Buffer => shifted(id, 1n);

function shifted(id: Buffer, by: bigint): Buffer {
  const value = BigInt.asUintN(128, BigInt(`0x${id.toString('hex')}`) + by);
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex');
}
