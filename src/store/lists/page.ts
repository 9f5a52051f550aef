import { And, LessThan, MoreThan, type FindOperator } from 'typeorm';
import { encodeId, type IdKind } from '../../domain/ids';
import type { Page, PageRequest } from '../../domain/page';

export type Order = 'ASC' | 'DESC';

/** Reads one row more than the page holds, which tells whether there is another page without counting. */
export async function readPage<T>(
  request: PageRequest,
  load: (order: Order, take: number) => Promise<T[]>,
): Promise<Page<T>> {
  const rows = await load(request.fromEnd ? 'ASC' : 'DESC', request.limit + 1);
  const isMore = rows.length > request.limit;
  const items = rows.slice(0, request.limit);
  if (request.fromEnd) items.reverse();
  return {
    items,
    hasNextPage: request.fromEnd ? request.before !== undefined : isMore,
    hasPreviousPage: request.fromEnd ? isMore : request.after !== undefined,
  };
}

/** The condition on the id column that `after` and `before` make, for a TypeORM `where`. */
export function idBounds(kind: IdKind, { after, before }: PageRequest): { id?: FindOperator<string> } {
  const bounds: FindOperator<string>[] = [];
  if (after) bounds.push(LessThan(encodeId(kind, after)));
  if (before) bounds.push(MoreThan(encodeId(kind, before)));
  const [first] = bounds;
  if (!first) return {};
  return { id: bounds.length === 1 ? first : And(...bounds) };
}

/** The conditions of a plain SQL query, joined by `and`, with their parameters in order. */
export interface Conditions {
  sql: string;
  parameters: unknown[];
}

/** Leaves out whatever is undefined. Each entry is a condition with one `?`, and its parameter. */
export function conditions(
  entries: readonly (readonly [condition: string, parameter: unknown])[],
): Conditions {
  const present = entries.filter(([, parameter]) => parameter !== undefined);
  return {
    sql: present.length === 0 ? 'true' : present.map(([condition]) => condition).join(' and '),
    parameters: present.map(([, parameter]) => parameter),
  };
}
