import type { CatalogVersion, CompiledSchema, SchemaFault } from '../../domain/schema/catalog';
import { findCircle } from '../../domain/schema/schema-references';
import { MAX_JSON_DEPTH, exceedsDepth } from '../../domain/data/json-bytes';
import { plainJson, stringifyJson } from '../../runtime/json-text';
import type { InPieces } from '../../domain/pieces';
import { LIMITS } from '../../domain/limits';
import { RESERVED_PREFIX, isEventType } from '../../domain/routing/topic-pattern';
import { checkLength, checkRequiredScope, fault, type Faults } from './field-checks';

/** What an event type is saved with; undefined is left out, null sets the default again. */
export interface EventTypeFields {
  name: string;
  description?: string | null | undefined;
  requiredScope?: string | null | undefined;
  version?: number | null | undefined;
  schema?: unknown;
  example?: unknown;
  deprecated?: boolean | null | undefined;
  downgrade?: string | null | undefined;
}

/** Every fault that shows without looking at what is there. */
export function checkEventType(fields: EventTypeFields): Faults {
  const { name, description, requiredScope, version, schema, example } = fields;
  return [
    ...checkTypeName(name),
    ...(description ? checkLength(description, LIMITS.descriptionLength, 'description') : []),
    ...(typeof requiredScope === 'string' ? checkRequiredScope(requiredScope) : []),
    ...(typeof version === 'number' && version < 1 ? [fault('INVALID', 'version is from 1', 'version')] : []),
    ...checkJson(schema, 'schema'),
    ...checkJson(example, 'example'),
    ...checkDowngradeLength(fields),
  ];
}

function checkTypeName(name: string): Faults {
  if (!isEventType(name)) {
    return [
      fault(
        'INVALID',
        'use dot-separated segments of letters, digits, _ and -, at most 200 bytes, such as order.placed',
        'name',
      ),
    ];
  }
  if (!`${name}.`.startsWith(RESERVED_PREFIX)) return [];
  return [fault('INVALID', 'event types that begin with warren. are Warren’s own', 'name')];
}

function checkJson(json: unknown, field: 'schema' | 'example'): Faults {
  if (json === undefined || json === null) return [];
  const bytes = bytesOf(json);
  if (!bytes || exceedsDepth(bytes, MAX_JSON_DEPTH))
    return [fault('INVALID', `${field} is nested at most ${MAX_JSON_DEPTH} levels deep`, field)];
  if (bytes.length <= LIMITS.schemaBytes) return [];
  return [fault('TOO_LONG', `${field} has at most ${LIMITS.schemaBytes} bytes`, field)];
}

/** Undefined when it is nested so deep that it cannot even be written. */
function bytesOf(json: unknown): Buffer | undefined {
  try {
    return Buffer.from(stringifyJson(json));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function checkDowngradeLength({ downgrade, version }: EventTypeFields): Faults {
  if (typeof downgrade !== 'string') return [];
  if (downgrade.trim() === '') return [fault('REQUIRED', 'downgrade must not be empty', 'downgrade')];
  if ((version ?? 1) === 1) {
    return [fault('INVALID', 'version 1 has no version before it to be turned into', 'downgrade')];
  }
  if (Buffer.byteLength(downgrade) <= LIMITS.expressionBytes) return [];
  return [fault('TOO_LONG', `downgrade has at most ${LIMITS.expressionBytes} bytes`, 'downgrade')];
}

/** The faults of the schema, or else those of the example under it. */
export function* checkSchemaAndExample(
  { schema, example }: CatalogVersion,
  compileSchema: (schema: unknown) => InPieces<CompiledSchema>,
): InPieces<Faults> {
  if (schema === undefined) return [];
  const compiled = yield* compileSchema(schema);
  if (!compiled.ok) return compiled.problems.map((problem) => faultAt('schema', problem));
  // Refused here and not by the compiler: what was saved before goes on being refused event by event, not let through.
  const circle = findCircle(schema);
  if (circle) return [faultAt('schema', circle)];
  if (example === undefined) return [];
  yield;
  const faults = (yield* compiled.check(plainJson(example))) ?? [];
  return faults.map((problem) => faultAt('example', problem));
}

const faultAt = (field: 'schema' | 'example', { pointer, message }: SchemaFault) =>
  fault(
    'INVALID',
    `${pointer === '' ? `the ${field}` : pointer} ${message}`,
    field,
    ...(pointer === '' ? [] : [pointer]),
  );
