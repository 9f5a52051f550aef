import type { InPieces } from '../pieces';
import { someHold, type Condition, type Scalar } from './condition';

/** One field of a pattern: where it is, and the conditions of which one must hold. */
export interface Field {
  /** Keys from the event down, joined by dots: a dot within a key counts like one between two. */
  path: string;
  segments: readonly string[];
  /** For each depth, the keys that may come next: the segment, the segment and the next one joined, and so on. */
  keys: readonly (readonly string[])[];
  conditions: readonly Condition[];
  /** The values of the `equal` conditions. */
  values: ReadonlySet<Scalar>;
  others: readonly Condition[];
  /** How many conditions a value may have to be tried against, one after another. */
  tries: number;
  allowsAbsence: boolean;
}

export function makeField(path: string, conditions: readonly Condition[]): Field {
  const segments = path.split('.');
  const others = conditions.filter(({ kind }) => kind !== 'equal');
  return {
    path,
    segments,
    keys: segments.map((_, depth) => joinedFrom(segments, depth)),
    conditions,
    values: new Set(conditions.flatMap((condition) => (condition.kind === 'equal' ? [condition.value] : []))),
    others,
    tries: others.reduce((sum, other) => sum + (other.kind === 'none-of' ? other.conditions.length : 1), 0),
    allowsAbsence: conditions.some(({ kind }) => kind === 'absent'),
  };
}

const joinedFrom = (segments: readonly string[], depth: number): string[] =>
  segments.slice(depth).map((_, more) => segments.slice(depth, depth + more + 1).join('.'));

export function* acceptsValue({ values, others }: Field, value: Scalar): InPieces<boolean> {
  return values.has(value) || (others.length > 0 && (yield* someHold(others, value)));
}
