import { isPieceOver, type InPieces } from '../pieces';
import { LIMIT_DIRECTIONS, shapeOf, type Shape } from './schema-shape';

/** What somebody may break on: who reads the data, or who publishes it. */
export type BreakingCode =
  | 'FIELD_REMOVED'
  | 'REQUIRED_REMOVED'
  | 'TYPE_CHANGED'
  | 'ENUM_WIDENED'
  | 'FORMAT_CHANGED'
  | 'REQUIRED_ADDED'
  | 'ENUM_NARROWED'
  | 'PATTERN_CHANGED'
  | 'LIMIT_NARROWED'
  | 'FIELDS_CLOSED';

export interface BreakingChange {
  code: BreakingCode;
  /** Members on the way from the data down; list items count as no step. */
  path: readonly string[];
  /** The same for people: `data.lines[].sku`. */
  place: string;
  detail: string;
  breaks: 'readers' | 'publishers';
}

const MAX_CHANGES = 100;
const MAX_DEPTH = 32;
/** Of isPieceOver, besides what the length of the schemas there takes. */
const STEPS_OF_A_PLACE = 300;

/**
 * What changed from one schema to the next that somebody may break on. Not a proof: what two schemas with conditions or
 * alternatives mean is compared only as far as schema-shape.ts understands them.
 */
export function* diffSchemas(before: unknown, after: unknown): InPieces<BreakingChange[]> {
  const changes: BreakingChange[] = [];
  yield* compare({ before, after, changes, seen: new Set() }, before, after, { path: [], place: 'data' });
  return changes;
}

interface Comparison {
  before: unknown;
  after: unknown;
  changes: BreakingChange[];
  /** Pairs under comparison: schemas may refer to themselves. */
  seen: Set<string>;
}

interface Place {
  path: readonly string[];
  place: string;
}

function* compare(comparison: Comparison, old: unknown, now: unknown, at: Place): InPieces<void> {
  if (comparison.changes.length >= MAX_CHANGES || at.path.length > MAX_DEPTH) return;
  // The same pair under the same name of the last member: a list of lists, a tree.
  const pair = `${at.path.at(-1) ?? ''} ${JSON.stringify(old)} ${JSON.stringify(now)}`;
  if (comparison.seen.has(pair)) return;
  comparison.seen.add(pair);
  if (isPieceOver(STEPS_OF_A_PLACE + (pair.length >> 2))) yield;
  const was = shapeOf(comparison.before, old);
  const is = shapeOf(comparison.after, now);
  const note = (code: BreakingCode, detail: string, breaks: BreakingChange['breaks'], where = at): void => {
    if (comparison.changes.length < MAX_CHANGES) comparison.changes.push({ code, detail, breaks, ...where });
  };

  compareValues(was, is, note);
  for (const [name, inner] of was.properties) {
    const where = { path: [...at.path, name], place: `${at.place}.${name}` };
    const wasRequired = was.required.has(name);
    if (!is.properties.has(name)) {
      note('FIELD_REMOVED', wasRequired ? 'was required' : 'was optional', 'readers', where);
      continue;
    }
    if (wasRequired && !is.required.has(name))
      note('REQUIRED_REMOVED', 'may be missing now', 'readers', where);
    yield* compare(comparison, inner, is.properties.get(name), where);
  }
  for (const name of is.required) {
    if (was.required.has(name)) continue;
    const where = { path: [...at.path, name], place: `${at.place}.${name}` };
    note('REQUIRED_ADDED', 'events without it are refused now', 'publishers', where);
  }
  if (is.isClosed && !was.isClosed)
    note('FIELDS_CLOSED', 'members that are not named are refused now', 'publishers');
  if (was.items !== undefined && is.items !== undefined) {
    yield* compare(comparison, was.items, is.items, { path: at.path, place: `${at.place}[]` });
  }
}

type Note = (code: BreakingCode, detail: string, breaks: BreakingChange['breaks']) => void;

function compareValues(was: Shape, is: Shape, note: Note): void {
  if (was.types && !allows(was.types, is.types)) {
    note(
      'TYPE_CHANGED',
      `was ${listed(was.types)}, is ${is.types ? listed(is.types) : 'anything'}`,
      'readers',
    );
  }
  const gone = was.values && is.values && [...was.values].filter((value) => !is.values?.has(value));
  if (gone && gone.length > 0) note('ENUM_NARROWED', `${some(gone)} refused now`, 'publishers');
  if (!was.values && is.values) note('ENUM_NARROWED', 'only certain values are taken now', 'publishers');
  const added = was.values && is.values && [...is.values].filter((value) => !was.values?.has(value));
  if (added && added.length > 0) note('ENUM_WIDENED', `${some(added)} may come now`, 'readers');
  if (was.values && !is.values) note('ENUM_WIDENED', 'any value may come now', 'readers');
  if (was.format !== undefined && was.format !== is.format) {
    note('FORMAT_CHANGED', `was ${was.format}, is ${is.format ?? 'any text'}`, 'readers');
  }
  if (is.pattern !== undefined && was.pattern !== is.pattern) {
    note('PATTERN_CHANGED', 'text that did fit may be refused now', 'publishers');
  }
  for (const [name, value] of is.limits) {
    const earlier = was.limits.get(name);
    if (earlier !== undefined && (value - earlier) * (LIMIT_DIRECTIONS[name] ?? 1) <= 0) continue;
    note('LIMIT_NARROWED', `${name} was ${earlier ?? 'not set'}, is ${value}`, 'publishers');
  }
}

/** True when a reader who takes `was` can take all of `is`. */
function allows(was: ReadonlySet<string>, is: ReadonlySet<string> | undefined): boolean {
  if (!is) return false;
  return [...is].every((type) => was.has(type) || (type === 'integer' && was.has('number')));
}

const listed = (types: ReadonlySet<string>): string => [...types].join(' or ');

const SHOWN_VALUES = 5;
const MAX_VALUE = 60;

function some(values: readonly string[]): string {
  const shown = values
    .slice(0, SHOWN_VALUES)
    .map((value) => (value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value))
    .join(', ');
  return values.length > SHOWN_VALUES ? `${shown} and ${values.length - SHOWN_VALUES} more` : shown;
}
