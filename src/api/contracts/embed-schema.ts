import { isObject, type JsonObject } from '../../domain/data/json-object';
import { escapeToken } from '../../domain/data/json-pointer';
import { KEYWORDS } from '../../domain/schema/schema-keywords';

/** Say where a schema is when it is a document of its own. Within another one they would say something else. */
const OF_A_DOCUMENT: ReadonlySet<string> = new Set(['$schema', '$id', '$anchor']);

/**
 * A schema of the catalog as a part of a larger document: its references, which begin at its own root, begin at the
 * document's instead. Everything else is as its owner wrote it.
 *
 * @param schema undefined: anything fits
 * @param place JSON Pointer to where it will be, whose tokens need no escapes
 */
export function embedSchema(schema: unknown, place: string): unknown {
  // Tools that know draft 4 alone take no `true` and `false` there.
  if (schema === undefined || schema === true) return {};
  if (schema === false) return { not: {} };
  const anchors = new Map<string, string>();
  walk(schema, '', (found, pointer) => {
    if (typeof found.$anchor === 'string') anchors.set(found.$anchor, pointer);
    return found;
  });
  return walk(schema, '', (found) => {
    const kept = Object.fromEntries(Object.entries(found).filter(([keyword]) => !OF_A_DOCUMENT.has(keyword)));
    return typeof kept.$ref === 'string' ? { ...kept, $ref: rebase(kept.$ref, place, anchors) } : kept;
  });
}

/** `#`, `#/$defs/money` or `#anchor`. */
function rebase(reference: string, place: string, anchors: ReadonlyMap<string, string>): string {
  const fragment = reference.slice(1);
  const pointer = fragment === '' || fragment.startsWith('/') ? fragment : (anchors.get(fragment) ?? '');
  return `#${place}${pointer}`;
}

/** A copy, each of whose schemas has gone through `change`. Values, which may look like schemas, stay as they are. */
function walk(
  schema: unknown,
  pointer: string,
  change: (schema: JsonObject, pointer: string) => JsonObject,
): unknown {
  if (!isObject(schema)) return schema;
  const below = (inner: unknown, ...tokens: string[]) =>
    walk(inner, [pointer, ...tokens.map(inUri)].join('/'), change);
  const members = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    switch (kindOf(keyword)) {
      case 'schema':
        return [keyword, below(value, keyword)];
      case 'list of schemas':
        return [
          keyword,
          Array.isArray(value) ? value.map((inner, at) => below(inner, keyword, String(at))) : value,
        ];
      case 'map of schemas':
      case 'definitions':
        return [
          keyword,
          isObject(value) ? mapValues(value, (inner, name) => below(inner, keyword, name)) : value,
        ];
      default:
        return [keyword, value];
    }
  });
  return change(Object.fromEntries(members), pointer);
}

/** contentSchema is a note for what checks data, and a schema for who reads. */
const kindOf = (keyword: string) =>
  keyword === 'contentSchema' ? 'schema' : Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;

const mapValues = (object: JsonObject, change: (value: unknown, name: string) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));

/** RFC 6901 section 6: of a JSON Pointer that stands in a URI. */
const inUri = (token: string): string => encodeURI(escapeToken(token)).replaceAll('#', '%23');
