import type { ErrorObject } from 'ajv/dist/2020';
import type { SchemaFault } from '../domain/schema/catalog';

/** As many as anybody mends at a time. */
export const MAX_FAULTS = 20;
const MAX_POINTER = 200;
const MAX_MESSAGE = 300;

/** Keywords that only say that what stands below them failed, which is told too. */
const SUMMARIES = new Set(['if', 'allOf', '$ref']);

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

function describe({ keyword, instancePath, params, message = 'does not fit' }: ErrorObject): SchemaFault {
  const { missingProperty, additionalProperty, unevaluatedProperty, allowedValues, allowedValue } =
    params as Record<string, unknown>;
  const extra = additionalProperty ?? unevaluatedProperty;
  if ((keyword === 'required' || keyword === 'dependentRequired') && typeof missingProperty === 'string')
    return fault(below(instancePath, missingProperty), 'is required');
  if (typeof extra === 'string') return fault(below(instancePath, extra), 'is not allowed');
  if (Array.isArray(allowedValues))
    return fault(instancePath, `must be one of ${JSON.stringify(allowedValues)}`);
  if (keyword === 'const') return fault(instancePath, `must be ${JSON.stringify(allowedValue)}`);
  return fault(instancePath, message);
}

const fault = (pointer: string, message: string): SchemaFault => ({
  pointer: cut(pointer, MAX_POINTER),
  message: cut(message, MAX_MESSAGE),
});

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** RFC 6901 section 3. */
const below = (pointer: string, member: string): string =>
  `${pointer}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
