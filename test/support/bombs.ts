/** What a tenant may send, and is meant to keep this process busy for as long as can be. */
const many = <T>(length: number, make: (n: number) => T): T[] => Array.from({ length }, (_, n) => make(n));
const named = <T>(length: number, make: (n: number) => T): Record<string, T> =>
  Object.fromEntries(many(length, (n) => [`k${n}`, make(n)]));

const wildcards = (length: number) => many(length, (n) => `*a${n}*b*c*`);
export const WILDCARDS = { data: { l: wildcards(490).map((wildcard) => ({ wildcard })) } };
export const texts = (length: number) => ({ data: { l: many(length, (n) => `ab${n % 1000}`) } });

/** Filters, and events that they do not match. An event may be several times as long. */
export const FILTER_BOMBS: Record<string, { filter: object; event: object }> = {
  'many wildcards on many texts': { filter: WILDCARDS, event: texts(4000) },
  'many wildcards on one long text': {
    filter: WILDCARDS,
    event: { data: { l: ['ab'.repeat(20_000)] } },
  },
  'many wildcards in one anything-but': {
    filter: { data: { l: [{ 'anything-but': { wildcard: wildcards(490) } }], no: ['x'] } },
    event: { data: { l: ['ab'.repeat(20_000)] } },
  },
  'many fields on many empty elements': {
    filter: { data: { l: named(490, () => [1]) } },
    event: { data: { l: many(10_000, () => ({})) } },
  },
  'many fields that may be missing': {
    filter: { data: { l: named(240, () => [1, { exists: false }]) } },
    event: { data: { l: [...many(1500, () => ({})), named(240, () => 2)] } },
  },
};

/** Schemas as large as is taken; the first data of each do not fit. */
export const SCHEMA_BOMBS: Record<string, unknown> = {
  'many members with many keywords': {
    properties: named(123, () => ({ type: 'string', minLength: 1, maxLength: 9, format: 'email' })),
    required: ['k0'],
  },
  'many alternatives': { oneOf: many(165, (n) => ({ type: 'string', minLength: n, const: 'x' })) },
  'many lists of required names': {
    allOf: many(249, (n) => ({ type: 'object', required: many(15, (m) => `k${n + m}`), title: 'x' })),
  },
  'many names that depend on one': { required: ['k0'], dependentRequired: { a: many(8000, (n) => `k${n}`) } },
  'many names that others depend on': {
    required: ['k0'],
    dependentRequired: named(2000, () => ['a', 'b', 'c', 'd', 'e']),
  },
  'many patterns with many repetitions': {
    required: ['k0'],
    patternProperties: Object.fromEntries(many(100, (n) => [`^a{1,400}b{1,400}${n}`, true])),
  },
};
