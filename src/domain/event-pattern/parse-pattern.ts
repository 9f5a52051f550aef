import type { Condition } from './condition';
import { makeField, type Field } from './field';
import { isFault, parseCondition } from './parse-condition';

/** What one pattern may have: each bounds what an event can cost. */
export const PATTERN_LIMITS = {
  /** Characters of keys and texts, and a few for every value. */
  size: 16_384,
  /** Keys below each other; each dot within a key counts as one. */
  depth: 20,
  /** Conditions, over all fields. */
  conditions: 500,
  /** Ways through all `$or`, and of all ways together the fields, and the conditions that are not merely values. */
  ways: 100,
  fields: 500,
  tries: 2000,
} as const;

/** A pattern is one of several ways, and a way is several fields at once. `$or` multiplies ways. */
export type Way = readonly Field[];

export class PatternFault extends Error {
  constructor(
    readonly path: string[],
    reason: string,
  ) {
    super(reason);
  }
}

interface Count {
  size: number;
  conditions: number;
}

/** Throws a PatternFault. */
export function parsePattern(json: unknown): Way[] {
  return parseLevel(json, [], '', { size: 0, conditions: 0 });
}

function parseLevel(json: unknown, place: string[], prefix: string, count: Count): Way[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new PatternFault(place, 'must be an object of fields');
  }
  if (place.length > PATTERN_LIMITS.depth) tooDeep(place);
  const entries = Object.entries(json) as [string, unknown][];
  if (entries.length === 0) throw new PatternFault(place, 'may not be empty: name at least one field');
  let ways: Way[] = [[]];
  for (const [key, value] of entries) {
    grow(count, key.length, place);
    const here = [...place, key];
    // Each further step is looked for under every name that it makes with the ones before it.
    if (`${prefix}${key}`.split('.').length > PATTERN_LIMITS.depth + 1) tooDeep(here);
    if (key === '$or') ways = crossed(ways, parseOr(value, here, prefix, count), here);
    else if (Array.isArray(value)) {
      ways = crossed(ways, [[makeField(prefix + key, parseConditions(value, here, count))]], here);
    } else if (typeof value === 'object' && value !== null) {
      ways = crossed(ways, parseLevel(value, here, `${prefix}${key}.`, count), here);
    } else
      throw new PatternFault(here, 'must be a list of values, such as ["a", "b"], or an object of fields');
  }
  return ways;
}

function parseOr(json: unknown, place: string[], prefix: string, count: Count): Way[] {
  if (!Array.isArray(json) || json.length < 2) {
    throw new PatternFault(place, 'must be a list of two or more objects, of which one must match');
  }
  const ways = json.flatMap((alternative, index) =>
    parseLevel(alternative, [...place, String(index)], prefix, count),
  );
  return checked(ways, place);
}

function parseConditions(list: readonly unknown[], place: string[], count: Count): Condition[] {
  if (list.length === 0) throw new PatternFault(place, 'may not be empty: no value could match');
  return list.map((json, index) => {
    const here = [...place, String(index)];
    if (++count.conditions > PATTERN_LIMITS.conditions) tooMany(here, count);
    const parsed = parseCondition(json);
    if (isFault(parsed)) throw new PatternFault([...here, ...parsed.below], parsed.fault);
    measure(parsed, here, count);
    return parsed;
  });
}

function measure(condition: Condition, place: string[], count: Count): void {
  if (condition.kind !== 'none-of') return grow(count, textOf(condition).length, place);
  count.conditions += condition.conditions.length;
  if (count.conditions > PATTERN_LIMITS.conditions) tooMany(place, count);
  for (const other of condition.conditions) measure(other, place, count);
}

function textOf(condition: Condition): string {
  if ('text' in condition) return condition.text;
  if (condition.kind === 'wildcard') return condition.wildcard.source;
  return condition.kind === 'equal' && typeof condition.value === 'string' ? condition.value : '';
}

function tooDeep(place: string[]): never {
  throw new PatternFault(place, `is more than ${PATTERN_LIMITS.depth} keys deep`);
}

function tooMany(place: string[], count: Count): never {
  throw new PatternFault(
    place,
    `is condition number ${count.conditions}; at most ${PATTERN_LIMITS.conditions} are allowed`,
  );
}

function grow(count: Count, characters: number, place: string[]): void {
  count.size += characters + 4;
  if (count.size > PATTERN_LIMITS.size) {
    throw new PatternFault(place, `makes the pattern longer than ${PATTERN_LIMITS.size} characters`);
  }
}

/** Every way of one with every way of the other. */
function crossed(ways: readonly Way[], others: readonly Way[], place: string[]): Way[] {
  checkWays(ways.length * others.length, place);
  return checked(
    ways.flatMap((way) => others.map((other) => [...way, ...other])),
    place,
  );
}

function checked(ways: Way[], place: string[]): Way[] {
  checkWays(ways.length, place);
  const fields = ways.flat();
  checkSum(fields.length, 'fields', place);
  const tries = fields.reduce((sum, field) => sum + field.tries, 0);
  checkSum(tries, 'tries', place);
  return ways;
}

function checkSum(count: number, what: 'fields' | 'tries', place: string[]): void {
  if (count <= PATTERN_LIMITS[what]) return;
  const noun = what === 'fields' ? 'fields' : 'conditions other than values';
  throw new PatternFault(
    place,
    `makes ${count} ${noun} over all ways through $or; at most ${PATTERN_LIMITS[what]} are allowed`,
  );
}

function checkWays(count: number, place: string[]): void {
  if (count <= PATTERN_LIMITS.ways) return;
  throw new PatternFault(
    place,
    `makes ${count} ways through all $or; at most ${PATTERN_LIMITS.ways} are allowed`,
  );
}
