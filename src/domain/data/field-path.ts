/** Dotted paths into an event's data, as `includeFields` has them: `order.items.sku`. A dot of a name is written `\.`. */

export const FIELD_PATH_LIMITS = { paths: 200, pathLength: 500, names: 32 } as const;

export type FieldPath = { ok: true; names: string[] } | { ok: false; reason: string };

export function parseFieldPath(path: string): FieldPath {
  const { pathLength, names: maxNames } = FIELD_PATH_LIMITS;
  if (path.length > pathLength) return { ok: false, reason: `a path has at most ${pathLength} characters` };
  const names = [''];
  for (let at = 0; at < path.length; at++) {
    if (path[at] === '.') names.push('');
    else {
      if (path[at] === '\\') at++;
      if (at === path.length) return { ok: false, reason: 'a path cannot end in a single backslash' };
      names.push(`${names.pop() ?? ''}${path[at] ?? ''}`);
    }
  }
  if (names.includes('')) {
    return { ok: false, reason: 'a path is names with dots between them, such as order.items.sku' };
  }
  if (names.length > maxNames) return { ok: false, reason: `a path has at most ${maxNames} names` };
  return { ok: true, names };
}
