import { isUtf8 } from 'node:buffer';
import { format, type SqlValue } from 'mysql2';

/**
 * A list, or the rows of a multi-row insert (a list of lists), as SQL, for the driver to put in place of a `?`. The
 * driver's own way looks at each value from all sides, and writes bytes as hex: a third of what a batch of events cost
 * here, and half again as many bytes to send and to parse. Here bytes that are text go as text.
 *
 * Safe whatever the server's sql_mode makes of backslashes: text that has one is left to the driver, bytes that have one
 * are hex, and quotes are doubled, which every mode reads alike. Never longer than hex.
 */
export function listText(values: readonly unknown[]): { toSqlString(): string } {
  const text = joined(values);
  return { toSqlString: () => text };
}

function joined(values: readonly unknown[]): string {
  let text = '';
  for (const value of values) {
    const item = Array.isArray(value) ? `(${joined(value)})` : literal(value);
    text = text === '' ? item : `${text},${item}`;
  }
  return text;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return textLiteral(value);
  if (Buffer.isBuffer(value)) return bytesLiteral(value);
  if (value instanceof Date) return timeLiteral(value);
  return byDriver(value as SqlValue);
}

const byDriver = (value: SqlValue): string => format('?', [value], false, 'Z');

const SPECIAL = /[\\\0]/;

function textLiteral(text: string): string {
  return SPECIAL.test(text) ? byDriver(text) : quoted(text);
}

const quoted = (text: string): string => `'${text.includes("'") ? text.replaceAll("'", "''") : text}'`;

/** Ids are short and never text; of longer bytes most are JSON. */
const SHORT_BYTES = 32;
const BACKSLASH = 0x5c;
const NUL = 0;

function bytesLiteral(bytes: Buffer): string {
  const isPlainText =
    bytes.length > SHORT_BYTES && !bytes.includes(BACKSLASH) && !bytes.includes(NUL) && isUtf8(bytes);
  return isPlainText ? quoted(bytes.toString('utf8')) : `x'${bytes.toString('hex')}'`;
}

const MILLISECONDS = Array.from({ length: 1000 }, (_, ms) => String(ms).padStart(3, '0'));
const SECONDS_KEPT = 100;
/** What a time literal begins with, by its second: the rows of a batch have few. */
const beginnings = new Map<number, string>();

/** In UTC, as the pool is set. */
function timeLiteral(time: Date): string {
  const ms = time.getTime();
  if (Number.isNaN(ms)) return 'null';
  const second = Math.floor(ms / 1000);
  return `${beginnings.get(second) ?? beginningOf(second)}${MILLISECONDS[ms - second * 1000]}'`;
}

function beginningOf(second: number): string {
  const beginning = `'${new Date(second * 1000).toISOString().slice(0, -4).replace('T', ' ')}`;
  if (beginnings.size >= SECONDS_KEPT) beginnings.clear();
  beginnings.set(second, beginning);
  return beginning;
}
