import { isPieceOver, type InPieces } from '../pieces';
import { acceptsValue, type Field } from './field';
import type { Scalar } from './condition';

/**
 * Whether all the fields of one conjunction hold at once, with lists as EventBridge has them: a field holds when any of
 * its values does, and fields below one list must hold in the same element of it. Values that stand in the list
 * themselves belong to every element.
 *
 * Fields below different keys cannot disturb each other, and below a list one element must serve them all: so each
 * value of the event is looked at once for each field, and there is nothing to try over and over. (An event that has
 * both `"a.b"` and `"a": {"b"}` gives a field two places to be in. There, the fields are settled one after another.)
 */

/** 0: some field does not hold. 1: all hold, each by its absence. 2: all hold, and at least one by a value. */
export type Fit = 0 | 1 | 2;

/** Lists in lists in lists: what is deeper is not looked at. */
const MAX_NESTING = 200;

export const fitFields = (value: unknown, fields: readonly Field[]): InPieces<Fit> =>
  fit(value, 0, fields, 0);

const NONE: readonly Field[] = [];

/** @param settled fields that hold by a value in a list above: they need not hold here, and count if they do */
function* fit(
  value: unknown,
  depth: number,
  fields: readonly Field[],
  nesting: number,
  settled: readonly Field[] = NONE,
): InPieces<Fit> {
  if (isPieceOver(4 * fields.length)) yield;
  if (typeof value !== 'object' || value === null) return yield* fitScalar(value as Scalar, depth, fields);
  if (nesting > MAX_NESTING) return fitNothing(fields);
  if (Array.isArray(value)) return yield* fitList(value, depth, fields, nesting + 1, settled);
  return yield* fitObject(value as Record<string, unknown>, depth, fields, nesting + 1);
}

const fitNothing = (fields: readonly Field[]): Fit =>
  fields.every(({ allowsAbsence }) => allowsAbsence) ? 1 : 0;

function* fitScalar(value: Scalar, depth: number, fields: readonly Field[]): InPieces<Fit> {
  let best: Fit = 1;
  for (const field of fields) {
    if (field.segments.length > depth) {
      if (!field.allowsAbsence) return 0;
    } else if (yield* acceptsValue(field, value)) best = 2;
    else return 0;
  }
  return best;
}

function* fitList(
  list: readonly unknown[],
  depth: number,
  fields: readonly Field[],
  nesting: number,
  above: readonly Field[],
): InPieces<Fit> {
  const values = list.filter(isScalar);
  let settled = above;
  const open: Field[] = [];
  for (const field of fields) {
    const endsHere = field.segments.length === depth;
    if (endsHere && (yield* acceptsOneOf(field, values))) settled = [...settled, field];
    else if (!field.allowsAbsence) open.push(field);
    // What stands in the list itself belongs to every element: where it does, the field is missing in none of them.
    else if (endsHere && values.length > 0) open.push({ ...field, allowsAbsence: false });
    else if (yield* hasValue(list, depth, field)) open.push(field);
  }
  if (open.length === 0) return settled !== above || (yield* holdsBelow(list, depth, above)) ? 2 : 1;
  // An element counts when a field holds in it by a value: absence alone ties nothing to this one element. A field that
  // holds in the list itself may hold in the element, too, and so tie the others to it.
  for (const item of list) {
    if (!isScalar(item) && (yield* fit(item, depth, open, nesting, settled)) === 2) return 2;
  }
  return 0;
}

function* acceptsOneOf(field: Field, values: readonly Scalar[]): InPieces<boolean> {
  for (const value of values) {
    if (isPieceOver(1)) yield;
    if (yield* acceptsValue(field, value)) return true;
  }
  return false;
}

function* holdsBelow(list: readonly unknown[], depth: number, fields: readonly Field[]): InPieces<boolean> {
  for (const field of fields) {
    for (const value of valuesOf(list, field, depth)) {
      if (value === undefined) yield;
      else if (yield* acceptsValue(field, value)) return true;
    }
  }
  return false;
}

const isScalar = (item: unknown): item is Scalar => typeof item !== 'object' || item === null;

function* fitObject(
  object: Record<string, unknown>,
  depth: number,
  fields: readonly Field[],
  nesting: number,
): InPieces<Fit> {
  let best: Fit = 1;
  for (const group of byNextSegment(fields, depth)) {
    const found = yield* fitGroup(object, depth, group, nesting);
    if (found === 0) return 0;
    if (found === 2) best = 2;
  }
  return best;
}

function byNextSegment(fields: readonly Field[], depth: number): Iterable<readonly Field[]> {
  const next = fields[0]?.segments[depth];
  // One group is the usual case, and costs nothing.
  if (fields.every(({ segments }) => segments[depth] === next)) return [fields];
  const groups = new Map<string | undefined, Field[]>();
  for (const field of fields) {
    const group = groups.get(field.segments[depth]);
    if (group) group.push(field);
    else groups.set(field.segments[depth], [field]);
  }
  return groups.values();
}

function* fitGroup(
  object: Record<string, unknown>,
  depth: number,
  group: readonly Field[],
  nesting: number,
): InPieces<Fit> {
  const key = group[0]?.segments[depth];
  // The fields end at an object: that is no value.
  if (key === undefined) return fitNothing(group);
  const isDotted = group.some(({ keys }) =>
    keys[depth]?.some((joined, more) => more > 0 && Object.hasOwn(object, joined)),
  );
  if (isDotted) return yield* fitDotted(object, depth, group, nesting);
  return Object.hasOwn(object, key) ? yield* fit(object[key], depth + 1, group, nesting) : fitNothing(group);
}

/** The longest keys first: what holds there need not hold below the shorter ones. */
function* fitDotted(
  object: Record<string, unknown>,
  depth: number,
  group: readonly Field[],
  nesting: number,
): InPieces<Fit> {
  let best: Fit = 1;
  let open = group;
  const longest = Math.max(...group.map(({ segments }) => segments.length - depth));
  for (let length = longest; length > 0; length--) {
    const below = new Map<string, Field[]>();
    const rest: Field[] = [];
    for (const field of open) {
      const key = field.keys[depth]?.[length - 1];
      if (key === undefined || !Object.hasOwn(object, key)) rest.push(field);
      else below.set(key, [...(below.get(key) ?? []), field]);
    }
    for (const [key, fields] of below) {
      const settled = yield* settledBelow(object[key], depth + length, fields, nesting);
      if (settled.length > 0) best = 2;
      for (const field of fields) {
        if (settled.includes(field)) continue;
        const isThere = yield* hasValue(object[key], depth + length, field);
        rest.push(isThere ? { ...field, allowsAbsence: false } : field);
      }
    }
    open = rest;
  }
  return fitNothing(open) && best;
}

/**
 * Each field that holds on its own, when all of those hold at once; else the first of them. To look for the largest set
 * that does would try them over and over.
 */
function* settledBelow(
  value: unknown,
  depth: number,
  fields: readonly Field[],
  nesting: number,
): InPieces<Field[]> {
  const alone: Field[] = [];
  for (const field of fields) if ((yield* fit(value, depth, [field], nesting)) === 2) alone.push(field);
  return alone.length < 2 || (yield* fit(value, depth, alone, nesting)) === 2 ? alone : alone.slice(0, 1);
}

function* hasValue(value: unknown, depth: number, field: Field): InPieces<boolean> {
  for (const found of valuesOf(value, field, depth)) {
    if (found !== undefined) return true;
    yield;
  }
  return false;
}

/** Every value that the event has for a field; undefined is a pause. */
export function* valuesOf(
  value: unknown,
  field: Field,
  depth = 0,
  nesting = 0,
): Generator<Scalar | undefined> {
  if (isPieceOver(4 + nesting)) yield undefined;
  if (isScalar(value)) {
    if (field.segments.length === depth) yield value;
  } else if (nesting > MAX_NESTING) return;
  else if (Array.isArray(value)) {
    for (const item of value) yield* valuesOf(item, field, depth, nesting + 1);
  } else {
    const object = value as Record<string, unknown>;
    for (const [more, key] of (field.keys[depth] ?? []).entries()) {
      if (Object.hasOwn(object, key)) yield* valuesOf(object[key], field, depth + more + 1, nesting + 1);
    }
  }
}
