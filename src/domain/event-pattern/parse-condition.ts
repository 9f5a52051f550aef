import { parseBlock } from './address-block';
import type { Condition, NumberRange } from './condition';
import { parseWildcard } from './wildcard';

/** A condition, or where below it something is wrong and what. */
export type ParsedCondition = Condition | { fault: string; below: string[] };

const fault = (message: string, ...below: string[]) => ({ fault: message, below });

export const isFault = (parsed: ParsedCondition): parsed is { fault: string; below: string[] } =>
  'fault' in parsed;

export function parseCondition(json: unknown): ParsedCondition {
  if (json === null || typeof json === 'string' || typeof json === 'boolean')
    return { kind: 'equal', value: json };
  if (typeof json === 'number') {
    return Number.isFinite(json) ? { kind: 'equal', value: json } : fault('is a number too large to compare');
  }
  if (typeof json !== 'object' || Array.isArray(json)) {
    return fault('must be a text, a number, true, false, null or an operator such as {"prefix": "a"}');
  }
  const entries = Object.entries(json) as [string, unknown][];
  const [entry] = entries;
  if (!entry || entries.length > 1)
    return fault('must have exactly one operator; write each as an object of its own');
  const [operator, operand] = entry;
  const parse = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (!parse) return fault(`is no operator; there are ${Object.keys(OPERATORS).join(', ')}`, operator);
  const parsed = parse(operand);
  return isFault(parsed) ? fault(parsed.fault, operator, ...parsed.below) : parsed;
}

const OPERATORS: Readonly<Record<string, (operand: unknown) => ParsedCondition>> = {
  prefix: (operand) => parseEdge('prefix', operand),
  suffix: (operand) => parseEdge('suffix', operand),
  'equals-ignore-case': (operand) =>
    typeof operand === 'string' ? ignoringCase('text', operand) : fault('must be a text'),
  wildcard: parseWildcardCondition,
  numeric: parseNumeric,
  cidr: parseCidr,
  exists: (operand) =>
    typeof operand === 'boolean' ? { kind: operand ? 'exists' : 'absent' } : fault('must be true or false'),
  'anything-but': parseAnythingBut,
};

const ignoringCase = (kind: 'prefix' | 'suffix' | 'text', text: string): Condition => ({
  kind,
  text: text.toLowerCase(),
  anyCase: true,
});

function parseEdge(kind: 'prefix' | 'suffix', operand: unknown): ParsedCondition {
  if (typeof operand === 'string') return { kind, text: operand, anyCase: false };
  const inner = onlyMember(operand);
  if (inner?.name !== 'equals-ignore-case') return fault('must be a text or {"equals-ignore-case": text}');
  if (typeof inner.value !== 'string') return fault('must be a text', inner.name);
  return ignoringCase(kind, inner.value);
}

function parseWildcardCondition(operand: unknown): ParsedCondition {
  if (typeof operand !== 'string') return fault('must be a text');
  const wildcard = parseWildcard(operand);
  return typeof wildcard === 'string' ? fault(wildcard) : { kind: 'wildcard', wildcard };
}

function parseCidr(operand: unknown): ParsedCondition {
  if (typeof operand !== 'string') return fault('must be a text');
  const block = parseBlock(operand);
  return typeof block === 'string' ? fault(block) : { kind: 'cidr', block };
}

const NUMERIC_FORM =
  'must be [operator, number], or a lower and an upper bound: [">", 0, "<=", 5]; operators are =, <, <=, >, >=';

function parseNumeric(operand: unknown): ParsedCondition {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) return fault(NUMERIC_FORM);
  const [operator, number, secondOperator, secondNumber] = operand as unknown[];
  const first = boundOf(operator, number);
  if (!first) return fault(NUMERIC_FORM);
  if (operand.length === 2) return { kind: 'numeric', range: first };
  const second = boundOf(secondOperator, secondNumber);
  const isLowerThenUpper = first.high === Infinity && second?.low === -Infinity;
  if (!second || !isLowerThenUpper) return fault(NUMERIC_FORM);
  const range = { ...second, low: first.low, lowIsIn: first.lowIsIn };
  if (range.low > range.high || (range.low === range.high && !(range.lowIsIn && range.highIsIn)))
    return fault('has a lower bound that is not below the upper one');
  return { kind: 'numeric', range };
}

function boundOf(operator: unknown, number: unknown): NumberRange | undefined {
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  const all: NumberRange = { low: -Infinity, lowIsIn: true, high: Infinity, highIsIn: true };
  switch (operator) {
    case '=':
      return { low: number, lowIsIn: true, high: number, highIsIn: true };
    case '<':
    case '<=':
      return { ...all, high: number, highIsIn: operator === '<=' };
    case '>':
    case '>=':
      return { ...all, low: number, lowIsIn: operator === '>=' };
    default:
      return undefined;
  }
}

/** Values, or one of four operators over one text or several. */
function parseAnythingBut(operand: unknown): ParsedCondition {
  const inner = onlyMember(operand);
  if (!inner) return parseValues(operand);
  const { name, value } = inner;
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)) {
    return fault('may hold prefix, suffix, equals-ignore-case or wildcard', name);
  }
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length === 0) return fault('may not be empty', name);
  const conditions: Condition[] = [];
  for (const text of texts) {
    if (typeof text !== 'string') return fault('must be a text or a list of texts', name);
    if (text === '' && (name === 'prefix' || name === 'suffix'))
      return fault('may not be empty: every text has it', name);
    const parsed = OPERATORS[name]?.(text) ?? fault('is no operator');
    if (isFault(parsed)) return fault(parsed.fault, name);
    conditions.push(parsed);
  }
  return { kind: 'none-of', conditions };
}

function parseValues(operand: unknown): ParsedCondition {
  const values: unknown[] = Array.isArray(operand) ? operand : [operand];
  const ofType = (type: string): boolean => values.every((value) => typeof value === type);
  if (values.length === 0 || !(ofType('string') || ofType('number'))) {
    return fault('must be a text or a number, or a list of texts or of numbers');
  }
  const conditions: Condition[] = [];
  for (const value of values) {
    const parsed = parseCondition(value);
    if (isFault(parsed)) return parsed;
    conditions.push(parsed);
  }
  return { kind: 'none-of', conditions };
}

function onlyMember(json: unknown): { name: string; value: unknown } | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const [entry, ...rest] = Object.entries(json);
  return entry && rest.length === 0 ? { name: entry[0], value: entry[1] as unknown } : undefined;
}
