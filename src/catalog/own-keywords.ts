import { _, type KeywordCxt } from 'ajv/dist/2020';
import type Ajv from 'ajv/dist/core';
import type { SchemaValidateFunction } from 'ajv/dist/types';
import type { Meter } from './meter';
import { COST_KEYWORD, type Cost } from './read-schema';

/** The cost of each subschema, and what Ajv would need too long for: to compile, or to run. */
export function addOwnKeywords(ajv: Ajv, meter: Meter): void {
  const spend = makeSpend(meter);
  ajv.addKeyword({
    keyword: COST_KEYWORD,
    before: '$ref',
    // A line of code; a function for each subschema would take most of the time that compiling takes.
    code({ gen, data, schema }: KeywordCxt) {
      const { fixed, loops, measures } = schema as Cost;
      const charge = gen.scopeValue('func', { ref: spend });
      gen.code(_`${charge}(${data}, ${fixed}, ${loops}, ${measures})`);
    },
  });
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must have no two items that are the same' },
    validate: (wanted: boolean, items: unknown[]) => !wanted || areUnique(items, meter),
  });
  ajv.removeKeyword('dependentRequired');
  ajv.addKeyword({
    keyword: 'dependentRequired',
    type: 'object',
    schemaType: 'object',
    errors: true,
    validate: hasDependents,
  });
}

const makeSpend =
  (meter: Meter) =>
  (data: unknown, fixed: number, loops: boolean, measures: boolean): void => {
    let steps = fixed;
    if (loops && typeof data === 'object' && data !== null)
      steps += Array.isArray(data) ? data.length : Object.keys(data).length;
    if (measures && typeof data === 'string') steps += data.length >> 4;
    meter.spend(steps);
  };

/** Ajv's own compares each with each, which takes the square of their number. */
function areUnique(items: readonly unknown[], meter: Meter): boolean {
  const seen = new Set<string>();
  for (const item of items) {
    const text = canonicalText(item);
    meter.spend(1 + (text.length >> 3));
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

/** The same for what JSON Schema calls equal: members in any order. */
function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Ajv's own writes an expression of all the names together, and of some thousands it takes seconds. */
const hasDependents: SchemaValidateFunction = (dependents: Record<string, string[]>, data: object) => {
  const missing = Object.entries(dependents)
    .filter(([name]) => Object.hasOwn(data, name))
    .flatMap(([, names]) => names.filter((name) => !Object.hasOwn(data, name)));
  hasDependents.errors = missing.map((missingProperty) => ({
    keyword: 'dependentRequired',
    params: { missingProperty },
  }));
  return missing.length === 0;
};
