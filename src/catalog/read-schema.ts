import { isObject, type JsonObject } from '../domain/data/json-object';
import { below } from '../domain/data/json-pointer';
import type { SchemaFault } from '../domain/schema/catalog';
import { isPieceOver, type InPieces } from '../domain/pieces';
import { FORMAT_NAMES } from './formats';
import { compilePattern, MAX_INSTRUCTIONS, type Instruction } from './pattern-program';
import { KEYWORDS, LOOPING, REFUSED_KEYWORDS } from '../domain/schema/schema-keywords';

/** What a schema may have. Its text is bounded before (LIMITS.schemaBytes). */
export const SCHEMA_LIMITS = { depth: 32, schemas: 500, keywords: 500, patterns: 100 } as const;

/** Ours, added to every subschema of what is compiled: see compile-schema.ts. */
export const COST_KEYWORD = 'cost';

export type ReadSchema =
  /** `rules` is the schema without its notes, with the cost of each of its subschemas; `patterns` by their text. */
  | { ok: true; rules: JsonObject | boolean; patterns: Map<string, Instruction[]> }
  | { ok: false; problems: SchemaFault[] };

export interface Cost {
  /** Steps for each value that is looked at. */
  fixed: number;
  /** True when the steps grow with the number of members or items. */
  loops: boolean;
  /** True when the steps grow with the length of a text. */
  measures: boolean;
}

const MAX_PROBLEMS = 20;
const ROOT_DIALECT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/** Takes a schema apart: everything in it that is not taken, or what is to be compiled. */
export function* readSchema(schema: unknown): InPieces<ReadSchema> {
  const walk: Walk = { problems: [], keywords: new Set(), schemas: 0, rules: 0, patterns: [] };
  const rules = readSubschema(walk, schema, '', 0);
  if (walk.keywords.has('contains') && walk.keywords.has('unevaluatedItems')) {
    const message =
      'has contains and unevaluatedItems, which are not taken together: what contains has found would count as not looked at';
    walk.problems.push({ pointer: '', message });
  }
  const patterns = yield* compilePatterns(walk);
  if (walk.problems.length > 0) return { ok: false, problems: walk.problems.slice(0, MAX_PROBLEMS) };
  return { ok: true, rules: rules as JsonObject | boolean, patterns };
}

/** A character or a repetition of one. */
const STEPS_OF_AN_INSTRUCTION = 10;

function* compilePatterns(walk: Walk): InPieces<Map<string, Instruction[]>> {
  const programs = new Map<string, Instruction[]>();
  for (const { source, pointer } of walk.patterns) {
    const compiled = compilePattern(source);
    if (compiled.ok) programs.set(source, compiled.program);
    else walk.problems.push({ pointer, message: `cannot be used: ${compiled.reason}` });
    const instructions = compiled.ok ? compiled.program.length : MAX_INSTRUCTIONS;
    if (isPieceOver(instructions * STEPS_OF_AN_INSTRUCTION)) yield;
  }
  return programs;
}

interface Walk {
  problems: SchemaFault[];
  /** All that occur, anywhere. */
  keywords: Set<string>;
  schemas: number;
  /** Keywords that are compiled. */
  rules: number;
  /** In their order, and as often as they occur. */
  patterns: { source: string; pointer: string }[];
}

function readSubschema(walk: Walk, schema: unknown, pointer: string, depth: number): unknown {
  const problem = (message: string, at = pointer) => void walk.problems.push({ pointer: at, message });
  if (walk.problems.length >= MAX_PROBLEMS) return true;
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema)) {
    problem('must be an object, or true or false');
    return true;
  }
  if (depth > SCHEMA_LIMITS.depth) {
    problem(`is nested too deep: at most ${SCHEMA_LIMITS.depth} levels`);
    return true;
  }
  if (++walk.schemas > SCHEMA_LIMITS.schemas) {
    if (walk.schemas === SCHEMA_LIMITS.schemas + 1)
      problem(`is one too many: a schema has at most ${SCHEMA_LIMITS.schemas} schemas in it`);
    return true;
  }
  const members: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const at = below(pointer, keyword);
    walk.keywords.add(keyword);
    const fault = checkKeyword(walk, keyword, value, { pointer: at, depth });
    if (fault !== undefined) problem(fault, at);
    else if (isKept(keyword)) {
      if (++walk.rules === SCHEMA_LIMITS.keywords + 1)
        problem(
          `is one too many: a schema has at most ${SCHEMA_LIMITS.keywords} keywords in it, notes not counted`,
          at,
        );
      members.push([keyword, readValue(walk, keyword, value, at, depth)]);
    }
  }
  // Ajv forgets what a lone `if` has seen, which unevaluatedProperties and unevaluatedItems ask for.
  if (Object.hasOwn(schema, 'if') && !Object.hasOwn(schema, 'then'))
    members.push(['then', { [COST_KEYWORD]: costOf([]) }]);
  return Object.fromEntries([[COST_KEYWORD, costOf(members)], ...members]);
}

const isKept = (keyword: string): boolean =>
  KEYWORDS[keyword] !== undefined && KEYWORDS[keyword] !== 'note' && !keyword.startsWith('x-');

/** What is wrong with one keyword, to go on after its pointer, apart from what the meta-schema says of its value. */
function checkKeyword(
  walk: Walk,
  keyword: string,
  value: unknown,
  { pointer, depth }: { pointer: string; depth: number },
): string | undefined {
  if (keyword.startsWith('x-')) return undefined;
  if (!Object.hasOwn(KEYWORDS, keyword)) {
    return (
      (Object.hasOwn(REFUSED_KEYWORDS, keyword) ? REFUSED_KEYWORDS[keyword] : undefined) ??
      'is no keyword of JSON Schema 2020-12; begin the name of a note of your own with x-'
    );
  }
  switch (keyword) {
    case '$ref':
      if (typeof value === 'string' && value.startsWith('#')) return undefined;
      return 'must point inside this document, such as #/$defs/money: nothing is fetched from elsewhere';
    case '$schema':
      if (typeof value === 'string' && ROOT_DIALECT.test(value)) return undefined;
      return 'must be https://json-schema.org/draft/2020-12/schema';
    case '$id':
      return depth === 0 ? undefined : 'is for the whole schema only';
    case 'properties':
      return isObject(value) && Object.hasOwn(value, '__proto__')
        ? 'has a member named __proto__, which cannot be checked'
        : undefined;
    case 'pattern':
      return checkPattern(walk, value, pointer);
    case 'patternProperties':
      return isObject(value)
        ? Object.keys(value)
            .map((pattern) => checkPattern(walk, pattern, below(pointer, pattern)))
            .find((fault) => fault !== undefined)
        : undefined;
    case 'format':
      if (typeof value === 'string' && FORMAT_NAMES.includes(value)) return undefined;
      return `must be one of these: ${FORMAT_NAMES.join(', ')}`;
    default:
      return undefined;
  }
}

/** Whether it is one is looked at after the walk: that takes longer than all the rest of it. */
function checkPattern(walk: Walk, source: unknown, pointer: string): string | undefined {
  if (walk.patterns.length >= SCHEMA_LIMITS.patterns)
    return `is one too many: a schema has at most ${SCHEMA_LIMITS.patterns} patterns`;
  if (typeof source !== 'string') return 'must be text';
  walk.patterns.push({ source, pointer });
  return undefined;
}

/** What the value should be instead is the meta-schema's to say; here only what has subschemas is walked. */
function readValue(walk: Walk, keyword: string, value: unknown, pointer: string, depth: number): unknown {
  const readBelow = (inner: unknown, token: string) =>
    readSubschema(walk, inner, below(pointer, token), depth + 1);
  switch (KEYWORDS[keyword]) {
    case 'schema':
      return readSubschema(walk, value, pointer, depth + 1);
    case 'list of schemas':
      return Array.isArray(value) ? value.map((inner, index) => readBelow(inner, String(index))) : value;
    case 'map of schemas':
    case 'definitions':
      if (!isObject(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, readBelow(inner, name)]));
    default:
      return value;
  }
}

/** What goes on elsewhere at the same value makes a call, and often faults that are thrown away. */
const WAYS: ReadonlySet<string> = new Set(['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if']);
const WAY_COST = 2;

function costOf(members: readonly (readonly [string, unknown])[]): Cost {
  const has = (names: ReadonlySet<string> | readonly string[]) =>
    members.some(([keyword]) => [...names].includes(keyword));
  const values = members
    .filter(([keyword]) => KEYWORDS[keyword] === 'values' || KEYWORDS[keyword] === 'names')
    .reduce((sum, [, value]) => sum + countValues(value), 0);
  return {
    fixed: 1 + members.length + values + WAY_COST * members.filter(([keyword]) => WAYS.has(keyword)).length,
    loops: has(LOOPING),
    measures: has(['minLength', 'maxLength']),
  };
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countValues(inner), 1);
}
