/** Rows of one statement: enough to make the round trip cheap, few enough to stay far below max_allowed_packet. */
const ROWS_PER_STATEMENT = 1000;

export function chunks<T>(items: readonly T[]): T[][] {
  return chunksOf(items, ROWS_PER_STATEMENT);
}

export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size));
  return parts;
}
