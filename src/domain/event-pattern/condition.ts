import { isPieceOver, type InPieces } from '../pieces';
import { isInBlock, parseAddress, type AddressBlock } from './address-block';
import { matchesWildcard, type Wildcard } from './wildcard';

/** What a JSON value is when it is neither a list nor an object. */
export type Scalar = string | number | boolean | null;

/** From `low` to `high`; infinite where there is no bound. */
export interface NumberRange {
  low: number;
  lowIsIn: boolean;
  high: number;
  highIsIn: boolean;
}

/** One condition on one value. With `anyCase`, `text` is in lower case. */
export type Condition =
  | { kind: 'equal'; value: Scalar }
  | { kind: 'prefix' | 'suffix' | 'text'; text: string; anyCase: boolean }
  | { kind: 'numeric'; range: NumberRange }
  | { kind: 'wildcard'; wildcard: Wildcard }
  | { kind: 'cidr'; block: AddressBlock }
  | { kind: 'none-of'; conditions: readonly Condition[] }
  | { kind: 'exists' }
  | { kind: 'absent' };

/** Whether one of them holds of a value that is there; `absent` is about one that is not. */
export function* someHold(conditions: readonly Condition[], value: Scalar): InPieces<boolean> {
  const steps = typeof value === 'string' ? 1 + (value.length >> 4) : 1;
  for (const condition of conditions) {
    if (isPieceOver(steps)) yield;
    const does =
      condition.kind === 'none-of'
        ? !(yield* someHold(condition.conditions, value))
        : holds(condition, value);
    if (does) return true;
  }
  return false;
}

function holds(condition: Exclude<Condition, { kind: 'none-of' }>, value: Scalar): boolean {
  switch (condition.kind) {
    case 'equal':
      return condition.value === value;
    case 'numeric':
      return typeof value === 'number' && isInRange(condition.range, value);
    case 'exists':
      return true;
    case 'absent':
      return false;
    default:
      return typeof value === 'string' && holdsForText(condition, value);
  }
}

function holdsForText(
  condition: Extract<Condition, { kind: 'prefix' | 'suffix' | 'text' | 'wildcard' | 'cidr' }>,
  value: string,
): boolean {
  if (condition.kind === 'wildcard') return matchesWildcard(condition.wildcard, value);
  if (condition.kind === 'cidr') {
    const address = parseAddress(value);
    return address !== undefined && isInBlock(address, condition.block);
  }
  const compared = condition.anyCase ? value.toLowerCase() : value;
  if (condition.kind === 'prefix') return compared.startsWith(condition.text);
  return condition.kind === 'suffix' ? compared.endsWith(condition.text) : compared === condition.text;
}

function isInRange({ low, lowIsIn, high, highIsIn }: NumberRange, value: number): boolean {
  return (lowIsIn ? value >= low : value > low) && (highIsIn ? value <= high : value < high);
}

/** Goes on after "must ": `be > 100`, `begin with "a"`. */
export function inWords(condition: Condition): string {
  switch (condition.kind) {
    case 'equal':
      return `be ${JSON.stringify(condition.value)}`;
    case 'prefix':
      return `begin with ${textInWords(condition)}`;
    case 'suffix':
      return `end with ${textInWords(condition)}`;
    case 'text':
      return `be ${textInWords(condition)}`;
    case 'numeric':
      return `be ${rangeInWords(condition.range)}`;
    case 'wildcard':
      return `be like ${JSON.stringify(condition.wildcard.source)}`;
    case 'cidr':
      return `be an address in ${condition.block.source}`;
    case 'none-of':
      return `not ${anyInWords(condition.conditions)}`;
    case 'exists':
      return 'exist';
    case 'absent':
      return 'not exist';
  }
}

const textInWords = ({ text, anyCase }: { text: string; anyCase: boolean }): string =>
  JSON.stringify(text) + (anyCase ? ' in any case of letters' : '');

function rangeInWords({ low, lowIsIn, high, highIsIn }: NumberRange): string {
  if (low === high) return `= ${low}`;
  const bounds: string[] = [];
  if (low !== -Infinity) bounds.push(`${lowIsIn ? '>=' : '>'} ${low}`);
  if (high !== Infinity) bounds.push(`${highIsIn ? '<=' : '<'} ${high}`);
  return bounds.join(' and ');
}

const MAX_NAMED = 5;

/** `be "a", "b" or begin with "c"`: as many as can be read at a glance. */
export function anyInWords(conditions: readonly Condition[]): string {
  const named = conditions.slice(0, MAX_NAMED).map(inWords);
  const shorter = named.map((phrase, index) => {
    const verb = phrase.split(' ', 1)[0] ?? '';
    return verb === 'be' && index > 0 && named[index - 1]?.startsWith('be ') ? phrase.slice(3) : phrase;
  });
  const rest = conditions.length - named.length;
  return shorter.join(' or ') + (rest > 0 ? ` or one of ${rest} more` : '');
}
