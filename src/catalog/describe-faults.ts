import type { ErrorObject } from 'ajv/dist/2020';
import { below } from '../domain/data/json-pointer';
import type { SchemaFault } from '../domain/schema/catalog';

/** As many as anybody mends at a time. */
export const MAX_FAULTS = 20;
const MAX_POINTER = 200;
const MAX_MESSAGE = 300;

/** Keywords that only say that what stands below them failed, which is told too. */
const SUMMARIES = new Set(['if', 'allOf', '$ref', 'propertyNames']);

/** Ajv's errors as pointers and sentences. They name places and rules, and never a value of the data. */
export function describeFaults(errors: readonly ErrorObject[]): SchemaFault[] {
  const told = new Map<string, SchemaFault>();
  for (const error of errors) {
    if (SUMMARIES.has(error.keyword) && errors.length > 1) continue;
    const fault = describe(error);
    told.set(`${fault.pointer} ${fault.message}`, fault);
    if (told.size === MAX_FAULTS) break;
  }
  return [...told.values()];
}

function describe(error: ErrorObject): SchemaFault {
  const { keyword, instancePath, params, propertyName } = error;
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Record<string, unknown>;
  const extra = additionalProperty ?? unevaluatedProperty;
  if ((keyword === 'required' || keyword === 'dependentRequired') && typeof missingProperty === 'string')
    return fault(below(instancePath, missingProperty), 'is required');
  if (typeof extra === 'string') return fault(below(instancePath, extra), 'is not allowed');
  // Of a name Ajv gives the place of the object that has it.
  const place = propertyName === undefined ? instancePath : below(instancePath, propertyName);
  if (keyword === 'false schema') return fault(place, 'is not allowed');
  const rule = ruleOf(error);
  return fault(place, propertyName === undefined ? rule : `has a name that ${rule}`);
}

function ruleOf({ keyword, params, message = 'does not fit' }: ErrorObject): string {
  const { allowedValues, allowedValue } = params as Record<string, unknown>;
  if (Array.isArray(allowedValues)) return `must be one of ${JSON.stringify(allowedValues)}`;
  return keyword === 'const' ? `must be ${JSON.stringify(allowedValue)}` : message;
}

const fault = (pointer: string, message: string): SchemaFault => ({
  pointer: cut(pointer, MAX_POINTER),
  message: cut(message, MAX_MESSAGE),
});

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
