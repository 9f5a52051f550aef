import { compilePattern } from '../../domain/event-pattern/compile-pattern';
import type { FilteredEvent } from '../../domain/event-pattern/filtered-event';
import type { SubscriptionRules } from '../../domain/nouns';
import { FIELD_PATH_LIMITS, parseFieldPath } from '../../domain/data/field-path';
import { checkEventTypes, fault, type Faults } from './field-checks';

/** What a subscription is made or changed with; undefined is left out, null sets the default again. */
export interface SubscriptionFields {
  eventTypes?: readonly string[] | null | undefined;
  version?: number | null | undefined;
  filter?: unknown;
  transform?: string | null | undefined;
  includeFields?: readonly string[] | null | undefined;
}

export const SUBSCRIPTION_LIMITS = { filterBytes: 32 * 1024, transformBytes: 32 * 1024 };

const MAX_VERSION = 1_000_000;

/** Parses an expression of a tenant's, within bounds. */
export type CheckExpression = (job: {
  tenantId: string;
  expression: string;
}) => Promise<{ ok: true } | { ok: false; reason: string }>;

/** Every fault of the fields that are given. */
export async function checkSubscription(
  tenantId: string,
  fields: SubscriptionFields,
  checkExpression: CheckExpression,
): Promise<Faults> {
  const { eventTypes, version, filter, transform, includeFields } = fields;
  return [
    ...(eventTypes ? checkEventTypes(eventTypes) : []),
    ...(typeof version === 'number' ? checkVersion(version) : []),
    ...(filter === undefined || filter === null ? [] : checkFilter(filter)),
    ...(typeof transform === 'string' ? await checkTransform(tenantId, transform, checkExpression) : []),
    ...(includeFields ? checkIncludeFields(includeFields) : []),
  ];
}

/** What is left out of `fields`, which have been checked, is as in `before`. */
export function rulesAfter(before: SubscriptionRules, fields: SubscriptionFields): SubscriptionRules {
  const { eventTypes, version, filter, transform, includeFields } = fields;
  return {
    eventTypes: eventTypes ? [...new Set(eventTypes)] : before.eventTypes,
    version: version === undefined ? before.version : version,
    filter: filter === undefined ? before.filter : filter,
    transform: transform === undefined ? before.transform : transform,
    includeFields: includeFields === undefined ? before.includeFields : includeFields,
  };
}

function checkVersion(version: number): Faults {
  if (version >= 1 && version <= MAX_VERSION) return [];
  return [fault('INVALID', `version is from 1 to ${MAX_VERSION}`, 'version')];
}

function checkFilter(filter: unknown): Faults {
  if (typeof filter !== 'object' || Array.isArray(filter)) {
    return [fault('INVALID', 'a filter is an event pattern: a JSON object', 'filter')];
  }
  const compiled = compilePattern(filter);
  if (!compiled.ok) {
    const { path, reason } = compiled;
    return [fault('INVALID', `${placeIn(path)} ${reason}`, 'filter', ...path)];
  }
  const unknown = findUnknownField(filter);
  if (unknown) return [fault('INVALID', `${placeIn(unknown)} ${NO_FIELD}`, 'filter', ...unknown)];
  return checkBytes(JSON.stringify(filter), SUBSCRIPTION_LIMITS.filterBytes, 'filter');
}

const EVENT_FIELDS: readonly string[] = [
  ...(['id', 'type', 'version', 'timestamp', 'tenant', 'data'] satisfies (keyof FilteredEvent)[]),
];
const NO_FIELD = `is no field of an event: there are ${EVENT_FIELDS.join(', ')}, and what was published is below data`;

/**
 * Where a pattern that could be read asks for what no event has. It would match nothing, for ever and without a word:
 * mostly somebody left `data` out.
 */
function findUnknownField(pattern: object | null): string[] | undefined {
  for (const [key, value] of Object.entries(pattern ?? {}) as [string, unknown][]) {
    // A dot in a name counts like a step.
    const [first = ''] = key.split('.');
    if (key !== '$or') {
      if (!EVENT_FIELDS.includes(first)) return [key];
      continue;
    }
    for (const [index, alternative] of (value as object[]).entries()) {
      const within = findUnknownField(alternative);
      if (within) return [key, String(index), ...within];
    }
  }
  return undefined;
}

/** The end of the path, by a name that a sentence can begin with: a key may be empty, and an index says little alone. */
function placeIn(path: readonly string[]): string {
  const [before, last] = [path.at(-2), path.at(-1)];
  if (last === undefined) return 'the filter';
  if (before !== undefined && /^\d+$/.test(last)) return `${before === '' ? '""' : before}[${last}]`;
  return last === '' ? '""' : last;
}

async function checkTransform(
  tenantId: string,
  transform: string,
  checkExpression: CheckExpression,
): Promise<Faults> {
  if (transform.trim() === '') return [fault('REQUIRED', 'transform must not be empty', 'transform')];
  const faults = checkBytes(transform, SUBSCRIPTION_LIMITS.transformBytes, 'transform');
  if (faults.length > 0) return faults;
  const checked = await checkExpression({ tenantId, expression: transform });
  return checked.ok ? [] : [fault('INVALID', `transform cannot be used: ${checked.reason}`, 'transform')];
}

function checkIncludeFields(paths: readonly string[]): Faults {
  const { paths: max } = FIELD_PATH_LIMITS;
  if (paths.length > max) return [fault('LIMIT', `at most ${max} paths`, 'includeFields')];
  return paths.flatMap((path, at) => {
    const parsed = parseFieldPath(path);
    return parsed.ok ? [] : [fault('INVALID', parsed.reason, 'includeFields', String(at))];
  });
}

function checkBytes(text: string, max: number, field: string): Faults {
  return Buffer.byteLength(text) <= max
    ? []
    : [fault('TOO_LONG', `${field} has at most ${max} bytes`, field)];
}
