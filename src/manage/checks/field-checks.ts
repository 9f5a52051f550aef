import type { UserError, UserErrorCode } from '../../domain/errors';
import { LIMITS } from '../../domain/limits';
import { OPENABLE_RULE, isOpenableNetwork } from '../../domain/networks';
import { SCOPES, isScope } from '../../domain/scopes';
import { MAX_TYPE_BYTES, isTopicPattern } from '../../domain/routing/topic-pattern';

/** Checks of single inputs. Each gives every fault it finds, and says what is allowed; none means the value is good. */
export type Faults = UserError[];

export const fault = (code: UserErrorCode, message: string, ...field: string[]): UserError => ({
  field,
  code,
  message,
});

/** Text as it is kept: without surrounding whitespace. */
export const tidy = (text: string): string => text.trim();

export function checkName(name: string, field = 'name'): Faults {
  if (tidy(name) === '') return [fault('REQUIRED', `${field} must not be empty`, field)];
  return checkLength(name, LIMITS.nameLength, field);
}

export function checkLength(text: string, max: number, field: string): Faults {
  if (Array.from(tidy(text)).length <= max) return [];
  return [fault('TOO_LONG', `${field} has at most ${max} characters`, field)];
}

export const MAX_SLUG_LENGTH = 50;
const SLUG = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A slug is one segment of a routing key, and never looks like a ten_ id. */
export function checkSlug(slug: string): Faults {
  if (slug === '') return [fault('REQUIRED', 'slug must not be empty', 'slug')];
  if (slug.length > MAX_SLUG_LENGTH) {
    return [fault('TOO_LONG', `slug has at most ${MAX_SLUG_LENGTH} characters`, 'slug')];
  }
  if (SLUG.test(slug)) return [];
  return [
    fault('INVALID', 'slug has lower-case letters, digits and - only, and - neither first nor last', 'slug'),
  ];
}

const MAX_GRANTS = 100;
const GRANT = /^[a-zA-Z0-9][a-zA-Z0-9:._-]{0,99}$/;
const GRANT_RULE =
  'a scope has letters, digits, : . _ and - only, at most 100, and begins with one of the former two';

export function checkRequiredScope(scope: string): Faults {
  return GRANT.test(scope) ? [] : [fault('INVALID', GRANT_RULE, 'requiredScope')];
}

/** What a tenant has been granted: names that event types may ask for. */
export function checkGrants(grants: readonly string[]): Faults {
  if (grants.length > MAX_GRANTS) return [fault('LIMIT', `at most ${MAX_GRANTS} scopes`, 'scopes')];
  if (grants.every((grant) => GRANT.test(grant))) return [];
  return [fault('INVALID', GRANT_RULE, 'scopes')];
}

/** What an operator opens for one tenant, beyond what the deployment has open. */
export function checkNetworks(networks: readonly string[]): Faults {
  const most = LIMITS.networksPerTenant;
  if (networks.length > most) return [fault('LIMIT', `at most ${most} networks`, 'allowedNetworks')];
  return networks.flatMap((text, index) =>
    isOpenableNetwork(text) ? [] : [fault('INVALID', OPENABLE_RULE, 'allowedNetworks', String(index))],
  );
}

/**
 * @param held what the giver holds: nobody gives what they do not have
 * @param offered what may be given here, for whoever asks for nothing or for what there is not
 */
export function checkKeyScopes(
  scopes: readonly string[],
  held: ReadonlySet<string>,
  offered: readonly string[] = SCOPES,
): Faults {
  if (scopes.length === 0) return [fault('REQUIRED', `give at least one of ${offered.join(', ')}`, 'scopes')];
  if (!scopes.every(isScope)) {
    return [fault('INVALID', `there are these scopes: ${offered.join(', ')}`, 'scopes')];
  }
  const lacking = scopes.filter((scope) => !held.has(scope));
  if (lacking.length === 0) return [];
  return [
    fault(
      'INVALID',
      `a key can only give scopes that it holds itself; yours lacks ${lacking.join(', ')}`,
      'scopes',
    ),
  ];
}

export function checkEventTypes(eventTypes: readonly string[]): Faults {
  if (eventTypes.length === 0) {
    return [fault('REQUIRED', 'name at least one event type or pattern; # is all of them', 'eventTypes')];
  }
  if (eventTypes.length > LIMITS.eventTypesPerSubscription) {
    return [
      fault(
        'LIMIT',
        `at most ${LIMITS.eventTypesPerSubscription} event types per subscription`,
        'eventTypes',
      ),
    ];
  }
  return eventTypes.flatMap((text, index) =>
    isTopicPattern(text) ? [] : [fault('INVALID', PATTERN_RULE, 'eventTypes', String(index))],
  );
}

const PATTERN_RULE =
  'an event type has dot-separated segments of letters, digits, _ and -; in a pattern * stands for one segment, ' +
  `# for any number; at most ${MAX_TYPE_BYTES} characters`;

export function checkTimeout(timeoutMs: number): Faults {
  const { min, max } = LIMITS.timeoutMs;
  if (timeoutMs >= min && timeoutMs <= max) return [];
  return [fault('INVALID', `timeoutMs is from ${min} to ${max}`, 'timeoutMs')];
}

export function checkRateLimit(perSecond: number): Faults {
  const { min, max } = LIMITS.rateLimitPerSecond;
  if (perSecond >= min && perSecond <= max) return [];
  return [fault('INVALID', `rateLimitPerSecond is from ${min} to ${max}`, 'rateLimitPerSecond')];
}

export function checkMaxInFlight(maxInFlight: number): Faults {
  const { min, max } = LIMITS.maxInFlight;
  if (maxInFlight >= min && maxInFlight <= max) return [];
  return [fault('INVALID', `maxInFlight is from ${min} to ${max}`, 'maxInFlight')];
}

/** @param ladder seconds: every rung there is */
export function checkRetrySchedule(schedule: readonly number[], ladder: readonly number[]): Faults {
  if (schedule.length > LIMITS.retriesPerSchedule) {
    return [fault('LIMIT', `at most ${LIMITS.retriesPerSchedule} retries`, 'retrySchedule')];
  }
  if (schedule.every((seconds) => ladder.includes(seconds))) return [];
  return [
    fault('INVALID', `each value is a rung of the ladder, in seconds: ${ladder.join(', ')}`, 'retrySchedule'),
  ];
}
