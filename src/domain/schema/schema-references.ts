import { isObject, type JsonObject } from '../data/json-object';
import { atFragment, below, type Pointed } from '../data/json-pointer';
import type { SchemaFault } from './catalog';
import { KEYWORDS } from './schema-keywords';

/** A schema within a schema, and where it stands. */
interface Place {
  pointer: string;
  schema: JsonObject;
}

/** The first reference that leads nowhere, or anchor that is there twice: what no compiler can make sense of. */
export function findLostReference(root: unknown): SchemaFault | undefined {
  const places = placesIn(root);
  const anchors = new Set<string>();
  for (const { pointer, schema } of places) {
    const { $anchor: anchor } = schema;
    if (typeof anchor !== 'string') continue;
    if (anchors.has(anchor))
      return { pointer: `${pointer}/$anchor`, message: `is there twice: #${anchor} could mean either` };
    anchors.add(anchor);
  }
  const lost = places.find(
    ({ schema: { $ref } }) => typeof $ref === 'string' && !isSchema(resolve(root, places, $ref)?.value),
  );
  return (
    lost && {
      pointer: `${lost.pointer}/$ref`,
      message: `leads nowhere: there is no schema at ${String(lost.schema.$ref)}`,
    }
  );
}

/**
 * A reference by which a schema comes back to itself at the same place in the data. Checking would never end, whatever
 * the data are; what goes down into members or items on its way ends with the data.
 */
export function findCircle(root: unknown): SchemaFault | undefined {
  const places = placesIn(root);
  /** Places that lead into no circle; false: they are on the way that is gone now. */
  const isDone = new Map<string, boolean>();

  /** @returns the last reference of the circle */
  function follow({ pointer, schema }: Place, lastReference: string): string | undefined {
    isDone.set(pointer, false);
    for (const { next, reference } of waysOn({ pointer, schema })) {
      const from = reference ?? lastReference;
      const known = isDone.get(next.pointer);
      if (known === false) return from;
      const found = known ? undefined : follow(next, from);
      if (found !== undefined) return found;
    }
    isDone.set(pointer, true);
    return undefined;
  }

  function waysOn({ pointer, schema }: Place): { next: Place; reference?: string }[] {
    const { $ref } = schema;
    const referred = typeof $ref === 'string' ? resolve(root, places, $ref) : undefined;
    const within = innerPlaces(schema, pointer, (keyword) => isAtSamePlace(keyword, schema));
    return [
      ...(referred && isObject(referred.value)
        ? [{ next: { pointer: referred.pointer, schema: referred.value }, reference: `${pointer}/$ref` }]
        : []),
      ...within.map((next) => ({ next })),
    ];
  }

  for (const place of places) {
    const found = isDone.has(place.pointer) ? undefined : follow(place, place.pointer);
    if (found !== undefined) return { pointer: found, message: CIRCLE };
  }
  return undefined;
}

const CIRCLE =
  'leads back to where it stands without going deeper into the data, so no event could ever be checked: ' +
  'refer to it from below properties, items or the like, or take it out';

/** Schemas in these speak of the value that the schema around them speaks of. */
const SAME_PLACE: ReadonlySet<string> = new Set([
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas'],
]);

/** `then` and `else` say nothing without an `if`. */
const isAtSamePlace = (keyword: string, schema: JsonObject): boolean =>
  SAME_PLACE.has(keyword) && (Object.hasOwn(schema, 'if') || (keyword !== 'then' && keyword !== 'else'));

/** Every schema in it, itself first. */
function placesIn(root: unknown): Place[] {
  const places: Place[] = isObject(root) ? [{ pointer: '', schema: root }] : [];
  // Grows while it is gone through.
  for (const { pointer, schema } of places) places.push(...innerPlaces(schema, pointer, () => true));
  return places;
}

function innerPlaces(schema: JsonObject, pointer: string, isWanted: (keyword: string) => boolean): Place[] {
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const kind = Object.hasOwn(KEYWORDS, keyword) && isWanted(keyword) ? KEYWORDS[keyword] : undefined;
    const at = below(pointer, keyword);
    if (kind === 'schema') return isObject(value) ? [{ pointer: at, schema: value }] : [];
    if (kind !== 'list of schemas' && kind !== 'map of schemas' && kind !== 'definitions') return [];
    return Object.entries(value ?? {}).flatMap(([name, inner]) =>
      isObject(inner) ? [{ pointer: below(at, name), schema: inner }] : [],
    );
  });
}

/** `#`, a JSON Pointer, or an $anchor. */
function resolve(root: unknown, places: readonly Place[], reference: string): Pointed | undefined {
  const fragment = reference.slice(1);
  if (fragment === '' || fragment.startsWith('/')) return atFragment(root, fragment);
  const place = places.find(({ schema }) => schema.$anchor === fragment);
  return place && { pointer: place.pointer, value: place.schema };
}

const isSchema = (value: unknown): boolean => isObject(value) || typeof value === 'boolean';
