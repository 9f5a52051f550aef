import { isObject, type JsonObject } from '../data/json-object';
import { atFragment } from '../data/json-pointer';

/** What a JSON Schema says of one place in the data, as far as a comparison of two versions needs it. */
export interface Shape {
  /** Undefined: any. */
  types: ReadonlySet<string> | undefined;
  /** JSON of each value that is allowed. Undefined: any. */
  values: ReadonlySet<string> | undefined;
  format: string | undefined;
  pattern: string | undefined;
  limits: ReadonlyMap<string, number>;
  required: ReadonlySet<string>;
  properties: ReadonlyMap<string, unknown>;
  items: unknown;
  /** True when members that are not named are refused. */
  isClosed: boolean;
}

/** Schemas that speak of one place. References may double at each step; more than this say nothing new. */
const MAX_PARTS = 100;

/** Limits and which way is narrower: +1 when a larger number allows less. */
export const LIMIT_DIRECTIONS: Readonly<Record<string, 1 | -1>> = {
  minimum: 1,
  exclusiveMinimum: 1,
  minLength: 1,
  minItems: 1,
  minProperties: 1,
  maximum: -1,
  exclusiveMaximum: -1,
  maxLength: -1,
  maxItems: -1,
  maxProperties: -1,
};

/**
 * References are followed and `allOf` is put together; of `anyOf` and `oneOf` the members are known, but none of them is
 * required. `not` and conditions are left out: what they mean for a reader cannot be told from outside.
 */
export function shapeOf(root: unknown, schema: unknown): Shape {
  const parts = partsOf(root, schema);
  const certain = parts.filter(({ how }) => how === 'all').map(({ part }) => part);
  const properties = new Map<string, unknown>();
  for (const { part } of parts) {
    for (const [name, inner] of Object.entries(objectOf(part.properties)))
      if (!properties.has(name)) properties.set(name, inner);
  }
  return {
    types: intersection(certain.map(typesOf)),
    values: intersection(certain.map(valuesOf)),
    format: certain.map(({ format }) => textOf(format)).find(Boolean),
    pattern: certain.map(({ pattern }) => textOf(pattern)).find(Boolean),
    limits: new Map(
      Object.keys(LIMIT_DIRECTIONS).flatMap((name) =>
        certain.flatMap((part) => (typeof part[name] === 'number' ? [[name, part[name]] as const] : [])),
      ),
    ),
    required: new Set(certain.flatMap(({ required }) => namesOf(required))),
    properties,
    items: parts.map(({ part }) => part.items).find((items) => items !== undefined),
    isClosed: certain.some(
      (part) => part.additionalProperties === false || part.unevaluatedProperties === false,
    ),
  };
}

interface Part {
  part: JsonObject;
  how: 'all' | 'any';
}

function partsOf(root: unknown, schema: unknown): Part[] {
  const parts: Part[] = [];
  const waiting: { schema: unknown; how: Part['how'] }[] = [{ schema, how: 'all' }];
  for (const { schema: part, how } of waiting) {
    if (parts.length >= MAX_PARTS) break;
    if (!isObject(part) || parts.some((known) => known.part === part)) continue;
    parts.push({ part, how });
    if (typeof part.$ref === 'string') waiting.push({ schema: resolve(root, part.$ref), how });
    for (const inner of listOf(part.allOf)) waiting.push({ schema: inner, how });
    for (const inner of [...listOf(part.anyOf), ...listOf(part.oneOf)])
      waiting.push({ schema: inner, how: 'any' });
  }
  return parts;
}

/** `#`, a JSON Pointer, or an $anchor among the definitions. */
function resolve(root: unknown, reference: string): unknown {
  const fragment = reference.slice(1);
  if (fragment === '' || fragment.startsWith('/')) return atFragment(root, fragment)?.value;
  const definitions = isObject(root) ? Object.values(objectOf(root.$defs)) : [];
  return definitions.find((definition) => isObject(definition) && definition.$anchor === fragment);
}

function typesOf({ type }: JsonObject): ReadonlySet<string> | undefined {
  if (typeof type === 'string') return new Set([type]);
  return Array.isArray(type) ? new Set(namesOf(type)) : undefined;
}

function valuesOf(part: JsonObject): ReadonlySet<string> | undefined {
  if ('const' in part) return new Set([JSON.stringify(part.const)]);
  return Array.isArray(part.enum) ? new Set(part.enum.map((value) => JSON.stringify(value))) : undefined;
}

function intersection(sets: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> | undefined {
  const [first, ...rest] = sets.filter((set) => set !== undefined);
  if (!first) return undefined;
  return new Set([...first].filter((value) => rest.every((set) => set.has(value))));
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const namesOf = (value: unknown): string[] =>
  listOf(value).filter((name): name is string => typeof name === 'string');
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
