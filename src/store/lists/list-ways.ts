import { idFloor } from '../../domain/ids';
import type { PageRequest } from '../../domain/page';

/**
 * Lists at a cost that does not grow with what is stored (docs/decisions/0023). A list is read along runs: entries of
 * one index that have the same first columns and so lie in the order of their ids.
 */
export interface Run {
  /** The optimizer is not asked: over day partitions it takes the primary key and looks for what is rare in all of it. */
  index: string;
  where: string;
  parameters: readonly unknown[];
}

/** A condition with one `?`, and its parameter. */
export type Check = readonly [condition: string, parameter: unknown];

/** Runs that together hold all of a list, and what is left to check on their rows. */
export interface Way {
  runs: readonly Run[];
  /** Entries of the list that are in no order: the way can be taken while they are few. */
  pile?: Run;
  rest: readonly Check[];
}

/** A list of a table: each of its ways leads to the same rows. No way: nothing can be in it. */
export interface Listing {
  table: 'events' | 'deliveries';
  columns: string;
  /** The columns that checks ask. */
  checked: string;
  ways: readonly Way[];
  span: Span;
}

/** Ids between these two, both exclusive. */
export interface Span {
  above?: Buffer;
  below?: Buffer;
}

/** No id is the floor of its millisecond, so exclusive is as good as inclusive. */
export const spanOfTimes = ({ since, until }: { since?: Date; until?: Date }): Span => ({
  ...(since ? { above: idFloor(since.getTime()) } : {}),
  ...(until ? { below: idFloor(until.getTime()) } : {}),
});

export function spanOfPage({ above, below }: Span, { after, before }: PageRequest): Span {
  const lower = [above, before].filter((id) => id !== undefined).sort((a, b) => b.compare(a))[0];
  const upper = [below, after].filter((id) => id !== undefined).sort((a, b) => a.compare(b))[0];
  return { ...(lower ? { above: lower } : {}), ...(upper ? { below: upper } : {}) };
}

/** Goes on after another condition. */
export function spanCondition({ above, below }: Span): { sql: string; parameters: Buffer[] } {
  return {
    sql: (above ? ' and id > ?' : '') + (below ? ' and id < ?' : ''),
    parameters: [...(above ? [above] : []), ...(below ? [below] : [])],
  };
}

export const runsOf = ({ runs, pile }: Way): readonly Run[] => (pile ? [...runs, pile] : runs);
