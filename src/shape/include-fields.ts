import { parseFieldPath } from '../domain/data/field-path';
import { skipSpace, valueEnd } from '../domain/data/json-bytes';

/** What to keep: of a member all, or what its own tree says. */
export type FieldTree = Map<string, FieldTree | 'whole'>;

/** Of a path and a longer one below it, the shorter keeps all. Paths that cannot be read keep nothing. */
export function fieldTree(paths: readonly string[]): FieldTree {
  const root: FieldTree = new Map();
  for (const path of paths) {
    const parsed = parseFieldPath(path);
    if (parsed.ok) add(root, parsed.names);
  }
  return root;
}

function add(tree: FieldTree, [name = '', ...rest]: string[]): void {
  const known = tree.get(name);
  if (known === 'whole') return;
  if (rest.length === 0) return void tree.set(name, 'whole');
  const below = known ?? new Map<string, FieldTree>();
  tree.set(name, below);
  add(below, rest);
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA_BYTE = 0x2c;
const BACKSLASH = 0x5c;

/**
 * The parts of `data` that the tree names, byte for byte as the producer wrote them. A path goes through arrays to each
 * of their elements. What keeps nothing is left out, whole; of all the data `{}` is left then, or `[]` of an array.
 * `data` must be JSON (see checkJsonBytes).
 */
export function includeFields(data: Buffer, tree: FieldTree): Buffer {
  const start = skipSpace(data, 0);
  const kept = keepOf(data, start, tree);
  if (kept) return Buffer.concat(kept);
  return Buffer.from(data[start] === OPEN_BRACKET ? '[]' : '{}');
}

/** The pieces that are kept of the value at `from`, or undefined when that is nothing. */
function keepOf(bytes: Buffer, from: number, tree: FieldTree): Buffer[] | undefined {
  if (bytes[from] === OPEN_BRACE) return keepOfObject(bytes, from, tree);
  if (bytes[from] === OPEN_BRACKET) return keepOfArray(bytes, from, tree);
  return undefined;
}

function keepOfObject(bytes: Buffer, from: number, tree: FieldTree): Buffer[] | undefined {
  const pieces: Buffer[] = [];
  let at = skipSpace(bytes, from + 1);
  while (bytes[at] !== CLOSE_BRACE && at < bytes.length) {
    const keyEnd = valueEnd(bytes, at);
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = valueEnd(bytes, start);
    const wanted = tree.get(nameOf(bytes.subarray(at, keyEnd)));
    const kept =
      wanted === 'whole' ? [bytes.subarray(start, end)] : wanted ? keepOf(bytes, start, wanted) : undefined;
    if (kept) pieces.push(pieces.length === 0 ? OBJECT : COMMA, bytes.subarray(at, keyEnd), COLON, ...kept);
    at = afterComma(bytes, end);
  }
  return pieces.length === 0 ? undefined : [...pieces, OBJECT_END];
}

function keepOfArray(bytes: Buffer, from: number, tree: FieldTree): Buffer[] | undefined {
  const pieces: Buffer[] = [];
  let at = skipSpace(bytes, from + 1);
  while (bytes[at] !== CLOSE_BRACKET && at < bytes.length) {
    const kept = keepOf(bytes, at, tree);
    if (kept) pieces.push(pieces.length === 0 ? ARRAY : COMMA, ...kept);
    at = afterComma(bytes, valueEnd(bytes, at));
  }
  return pieces.length === 0 ? undefined : [...pieces, ARRAY_END];
}

function afterComma(bytes: Buffer, end: number): number {
  const at = skipSpace(bytes, end);
  return bytes[at] === COMMA_BYTE ? skipSpace(bytes, at + 1) : at;
}

/** A key's name; `"a\u0062"` is `ab`. */
function nameOf(key: Buffer): string {
  return key.includes(BACKSLASH)
    ? (JSON.parse(key.toString()) as string)
    : key.toString('utf8', 1, key.length - 1);
}

const OBJECT = Buffer.from('{');
const OBJECT_END = Buffer.from('}');
const ARRAY = Buffer.from('[');
const ARRAY_END = Buffer.from(']');
const COMMA = Buffer.from(',');
const COLON = Buffer.from(':');
