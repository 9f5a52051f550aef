import { isUtf8 } from 'node:buffer';

/** Checks on JSON that stays bytes: what a producer wrote is what the receiver reads. */

export const MAX_JSON_DEPTH = 64;

export type JsonCheck = { ok: true; value: unknown } | { ok: false; reason: string };

/** Parses once and says in words why not. Deep nesting is refused before the parser sees it. */
export function checkJsonBytes(bytes: Buffer): JsonCheck {
  if (bytes.length === 0) return { ok: false, reason: 'the body is empty; send the event data as JSON' };
  if (!isUtf8(bytes)) return { ok: false, reason: 'the body is not valid UTF-8' };
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return { ok: false, reason: 'the body is not JSON: it begins with a byte order mark; leave that out' };
  }
  if (exceedsDepth(bytes, MAX_JSON_DEPTH)) {
    return { ok: false, reason: `the JSON is nested more than ${MAX_JSON_DEPTH} levels deep` };
  }
  try {
    return { ok: true, value: JSON.parse(bytes.toString('utf8')) as unknown };
  } catch (error) {
    return { ok: false, reason: `the body is not JSON: ${placeOnly(error, bytes)}` };
  }
}

/**
 * The parser's message quotes the input; the place is enough and leaks nothing. Only the message's very end is V8's own
 * words: what stands before may be the input's.
 */
function placeOnly(error: unknown, bytes: Buffer): string {
  const message = error instanceof Error ? error.message : '';
  const place = /(?:in JSON|after JSON) at position (\d+)$/.exec(message);
  if (!place) return 'it ends too early or has a syntax error';
  const characters = bytes.toString('utf8').slice(0, Number(place[1]));
  return `syntax error at byte ${Buffer.byteLength(characters)}`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** One pass over the bytes; brackets inside strings do not count. */
export function exceedsDepth(bytes: Buffer, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
  return false;
}

const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * The bytes of one member of a top-level object, exactly as written; the last one when the key is repeated, as
 * JSON.parse has it. The object must have passed checkJsonBytes.
 */
export function rawMember(object: Buffer, key: string): Buffer | undefined {
  let found: Buffer | undefined;
  let at = skipSpace(object, 0) + 1;
  while (object[(at = skipSpace(object, at))] === QUOTE) {
    const keyEnd = valueEnd(object, at);
    const name = JSON.parse(object.toString('utf8', at, keyEnd)) as string;
    at = skipSpace(object, keyEnd);
    if (object[at] !== COLON) return found;
    const start = skipSpace(object, at + 1);
    const end = valueEnd(object, start);
    if (name === key) found = object.subarray(start, end);
    at = skipSpace(object, end);
    if (object[at] === COMMA) at++;
  }
  return found;
}

/** The bytes of each item of a top-level array, exactly as written. The array must have passed checkJsonBytes. */
export function rawItems(array: Buffer): Buffer[] {
  const items: Buffer[] = [];
  let at = skipSpace(array, skipSpace(array, 0) + 1);
  while (at < array.length && array[at] !== CLOSE_BRACKET) {
    const end = valueEnd(array, at);
    items.push(array.subarray(at, end));
    at = skipSpace(array, end);
    if (array[at] === COMMA) at = skipSpace(array, at + 1);
  }
  return items;
}

export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** Where the value that begins at `from` ends: the first comma or closing bracket outside it, less trailing space. */
export function valueEnd(bytes: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      if (depth === 0) return at + 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) break;
      if (--depth === 0) return at + 1;
    } else if (
      depth === 0 &&
      (byte === COMMA || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
    )
      break;
  }
  return at;
}

function stringEnd(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
