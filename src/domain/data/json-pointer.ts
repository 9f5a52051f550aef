/** RFC 6901 section 3. */
export const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');

/** The pointer to a member or item of what `pointer` leads to. */
export const below = (pointer: string, token: string): string => `${pointer}/${escapeToken(token)}`;

/** A value within another, and where it stands. */
export interface Pointed {
  pointer: string;
  value: unknown;
}

/**
 * What a pointer in a URI's fragment (RFC 6901 section 6) leads to, without its `#`; undefined: nowhere. Decoded token by
 * token, as Ajv does.
 */
export function atFragment(root: unknown, fragment: string): Pointed | undefined {
  let at: Pointed = { pointer: '', value: root };
  for (const encoded of fragment.split('/').slice(1)) {
    const token = decoded(encoded)?.replaceAll('~1', '/').replaceAll('~0', '~');
    const { pointer, value } = at;
    if (token === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, token))
      return undefined;
    at = { pointer: below(pointer, token), value: (value as Record<string, unknown>)[token] };
  }
  return at;
}

function decoded(token: string): string | undefined {
  try {
    return decodeURIComponent(token);
  } catch {
    return undefined;
  }
}
