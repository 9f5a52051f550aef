import type { SubscriptionRules } from '../nouns';

/**
 * Whether a subscription reads a field of the data: by its filter, the fields it includes, or its transform. Says yes
 * rather too often than not: it is for warning people.
 * @param path members from the data down
 */
export function readsField(
  { filter, includeFields, transform }: Pick<SubscriptionRules, 'filter' | 'includeFields' | 'transform'>,
  path: readonly string[],
): boolean {
  if (path.length === 0) return filter !== null || includeFields !== null || transform !== null;
  return (
    (filter !== null && pathsOfFilter(filter).some((read) => overlaps(read, path))) ||
    (includeFields?.some((field) => overlaps(field.split('.'), path)) ?? false) ||
    (transform !== null && names(transform, path.at(-1) ?? ''))
  );
}

/** One lies on the way to the other: who reads a thing reads what is in it. */
function overlaps(one: readonly string[], other: readonly string[]): boolean {
  const shared = Math.min(one.length, other.length);
  return one.slice(0, shared).every((step, index) => step === other[index]);
}

/** Paths into the data that an event pattern looks at: objects are steps, a list ends the path. */
function pathsOfFilter(filter: object): string[][] {
  const found: string[][] = [];
  const walk = (pattern: unknown, path: string[]): void => {
    if (Array.isArray(pattern)) {
      found.push(path);
      return;
    }
    if (typeof pattern !== 'object' || pattern === null) return;
    for (const [name, inner] of Object.entries(pattern)) {
      if (name === '$or' && Array.isArray(inner)) for (const branch of inner) walk(branch, path);
      else walk(inner, [...path, name]);
    }
  };
  walk(filter, []);
  return found.filter(([first]) => first === 'data').map((path) => path.slice(1));
}

const IN_NAME = /[A-Za-z0-9_]/;

/** True when the text has the name as a word: JSONata has it in the open or in backticks. */
function names(text: string, name: string): boolean {
  if (name === '') return true;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const isInside = IN_NAME.test(text.charAt(at - 1)) || IN_NAME.test(text.charAt(at + name.length));
    if (!isInside) return true;
  }
  return false;
}
