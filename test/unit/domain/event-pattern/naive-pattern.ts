/** Event patterns the slow way, straight from their description: every combination of values is tried. */

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Scalar = string | number | boolean | null;

interface Leaf {
  path: string;
  value: Scalar;
  /** For each list above it, the element it is in. */
  within: ReadonlyMap<object, number>;
}

function leavesOf(json: Json, path: string, within: ReadonlyMap<object, number>): Leaf[] {
  if (json === null || typeof json !== 'object') return [{ path, value: json, within }];
  if (Array.isArray(json)) {
    return json.flatMap((item, index) =>
      leavesOf(
        item,
        path,
        typeof item === 'object' && item !== null ? new Map([...within, [json, index]]) : within,
      ),
    );
  }
  return Object.entries(json).flatMap(([key, value]) =>
    leavesOf(value, path === '' ? key : `${path}.${key}`, within),
  );
}

type Way = [path: string, conditions: Json[]][];

function waysOf(pattern: Json, prefix: string): Way[] {
  let ways: Way[] = [[]];
  for (const [key, value] of Object.entries(pattern as Record<string, Json>)) {
    let next: Way[];
    if (key === '$or') next = (value as Json[]).flatMap((alternative) => waysOf(alternative, prefix));
    else if (Array.isArray(value)) next = [[[prefix + key, value]]];
    else next = waysOf(value, `${prefix}${key}.`);
    ways = ways.flatMap((way) => next.map((more) => [...way, ...more]));
  }
  return ways;
}

function holds(condition: Json, value: Scalar): boolean {
  if (condition === null || typeof condition !== 'object') return condition === value;
  const [operator, operand] = Object.entries(condition)[0] as [string, Json];
  const text = typeof value === 'string' ? value : undefined;
  switch (operator) {
    case 'prefix':
      return text !== undefined && ofText(operand, text, (a, b) => a.startsWith(b));
    case 'suffix':
      return text !== undefined && ofText(operand, text, (a, b) => a.endsWith(b));
    case 'equals-ignore-case':
      return text?.toLowerCase() === (operand as string).toLowerCase();
    case 'wildcard':
      return text !== undefined && likeFrom(operand as string, text);
    case 'exists':
      return operand as boolean;
    case 'numeric': {
      const [first, low, second, high] = operand as [string, number, string?, number?];
      return compares(first, value, low) && (second === undefined || compares(second, value, high ?? 0));
    }
    default:
      return !butOf(operand).some((other) => holds(other, value));
  }
}

function ofText(operand: Json, text: string, test: (text: string, part: string) => boolean): boolean {
  if (typeof operand === 'string') return test(text, operand);
  const [part] = Object.values(operand as Record<string, string>);
  return test(text.toLowerCase(), (part ?? '').toLowerCase());
}

function compares(operator: string, value: Scalar, bound: number): boolean {
  if (typeof value !== 'number') return false;
  if (operator === '=') return value === bound;
  if (operator === '<') return value < bound;
  if (operator === '<=') return value <= bound;
  return operator === '>' ? value > bound : value >= bound;
}

function butOf(operand: Json): Json[] {
  if (Array.isArray(operand)) return operand;
  if (operand === null || typeof operand !== 'object') return [operand];
  const [name, texts] = Object.entries(operand)[0] as [string, Json];
  return (Array.isArray(texts) ? texts : [texts]).map((text) => ({ [name]: text }));
}

function likeFrom(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) {
    return likeFrom(pattern.slice(1), text) || (text !== '' && likeFrom(pattern, text.slice(1)));
  }
  return text.startsWith(pattern.charAt(0)) && likeFrom(pattern.slice(1), text.slice(1));
}

const agrees = (a: ReadonlyMap<object, number>, b: ReadonlyMap<object, number>): boolean =>
  [...a].every(([list, index]) => (b.get(list) ?? index) === index);

/** Each field takes a value of its own, or none: is there a choice that agrees about the elements of every list? */
function wayMatches(way: Way, leaves: readonly Leaf[]): boolean {
  const choose = (at: number, within: ReadonlyMap<object, number>, absent: readonly string[]): boolean => {
    const field = way[at];
    if (!field)
      return absent.every(
        (path) => !leaves.some((leaf) => leaf.path === path && agrees(leaf.within, within)),
      );
    const [path, conditions] = field;
    const mayBeAbsent = conditions.some((condition) => JSON.stringify(condition) === '{"exists":false}');
    if (mayBeAbsent && choose(at + 1, within, [...absent, path])) return true;
    return leaves.some(
      (leaf) =>
        leaf.path === path &&
        agrees(leaf.within, within) &&
        conditions.some((condition) => holds(condition, leaf.value)) &&
        choose(at + 1, new Map([...within, ...leaf.within]), absent),
    );
  };
  return choose(0, new Map(), []);
}

export function naivelyMatches(pattern: unknown, event: unknown): boolean {
  const leaves = leavesOf(event as Json, '', new Map());
  return waysOf(pattern as Json, '').some((way) => wayMatches(way, leaves));
}
