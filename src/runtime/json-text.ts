import { randomBytes } from 'node:crypto';
import { LosslessNumber, isSafeNumber, parse } from 'lossless-json';

/**
 * JSON in and out without loss. Producers' data has ids beyond 2^53 and money with many digits; JSON.parse would round
 * them. Such a number becomes an ExactNumber, which prints as it was written; everything else is what JSON.parse makes.
 */

/** Unguessable, so that no text of a user's can be taken for an exact number. */
const MARK = `exact-${randomBytes(16).toString('hex')}:`;
const MARKED = new RegExp(`"${MARK}([-+.0-9eE]+)"`, 'g');

/** A number that a double does not hold. */
export class ExactNumber extends LosslessNumber {
  /** Read back by stringifyJson, and by nobody else. */
  toJSON(): string {
    return MARK + this.value;
  }
}

export function toNumber(text: string): number | ExactNumber {
  return isSafeNumber(text) ? Number(text) : new ExactNumber(text);
}

/** What a number must look like for a double to be too small for it: sixteen digits or a large exponent. */
const MAY_LOSE = /[\d.]{16,}|\d[eE][-+]?\d{3}/;

/**
 * Throws a SyntaxError. A repeated key counts as JSON.parse has it: the last one. `__proto__` is an ordinary key.
 * Recursive where numbers are long: bound the depth first (exceedsDepth).
 */
export function parseJson(text: string): unknown {
  if (!MAY_LOSE.test(text)) return JSON.parse(text);
  return parse(text, undefined, { parseNumber: toNumber, onDuplicateKey: ({ newValue }) => newValue });
}

/** Like JSON.stringify, with exact numbers as they were written. */
export function stringifyJson(value: unknown, indent?: number): string {
  return restoreNumbers(JSON.stringify(value, null, indent));
}

/**
 * For text that somebody else's JSON.stringify made of values with exact numbers. A mark within a longer text, such as a
 * complaint about a variable, goes too: who has seen it could write numbers that are none.
 */
export function restoreNumbers(text: string): string {
  return text.includes(MARK) ? text.replace(MARKED, '$1').replaceAll(MARK, '') : text;
}

/** The same as JSON.parse would have made it: exact numbers become the nearest doubles. */
export function plainJson(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(stringifyJson(value)) as unknown);
}
