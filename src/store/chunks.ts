/** Rows of one statement: enough to make the round trip cheap, few enough to stay far below max_allowed_packet. */
const ROWS_PER_STATEMENT = 1000;

export function chunks<T>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += ROWS_PER_STATEMENT)
    parts.push(items.slice(at, at + ROWS_PER_STATEMENT));
  return parts;
}
