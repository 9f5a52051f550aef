import type { DeliveryStatus } from '../domain/delivery/delivery-status';
import { done, refused, type Outcome } from '../domain/errors';
import { LIMITS } from '../domain/limits';
import type { ReplaySelection } from '../domain/replay';
import { MAX_TYPE_BYTES, isEventType } from '../domain/routing/topic-pattern';
import { fault, type Faults } from './checks/field-checks';

type Optional<T> = T | null | undefined;

/** Null is the same as left out. */
export interface ReplayRequest {
  deliveryIds?: Optional<string[]>;
  endpointId?: Optional<string>;
  subscriptionId?: Optional<string>;
  status?: Optional<DeliveryStatus[]>;
  types?: Optional<string[]>;
  since?: Optional<Date>;
  until?: Optional<Date>;
}

/** The selection as it is kept, or every fault of it. */
export function checkSelection(request: ReplayRequest, now: Date): Outcome<ReplaySelection> {
  const selection: ReplaySelection = Object.fromEntries(
    Object.entries(request).filter(([, value]) => value !== null && value !== undefined),
  );
  if (Object.keys(selection).length === 0) {
    return refused(
      'REQUIRED',
      'Say which deliveries: give at least one of deliveryIds, endpointId, subscriptionId, status, types, since and until.',
    );
  }
  const userErrors = [...checkIds(selection), ...checkLists(selection), ...checkRange(selection, now)];
  return userErrors.length > 0 ? { ok: false, userErrors } : done(withoutRepeats(selection));
}

function checkIds({ deliveryIds }: ReplaySelection): Faults {
  if (!deliveryIds) return [];
  if (deliveryIds.length === 0) return [fault('REQUIRED', 'name at least one delivery', 'deliveryIds')];
  if (deliveryIds.length <= LIMITS.deliveriesPerReplay) return [];
  const most = `at most ${LIMITS.deliveriesPerReplay} deliveries by id; select more by endpoint, status and time`;
  return [fault('LIMIT', most, 'deliveryIds')];
}

function checkLists({ status, types }: ReplaySelection): Faults {
  const faults: Faults = [];
  if (status?.length === 0) faults.push(fault('REQUIRED', 'name at least one status', 'status'));
  if (types?.length === 0) faults.push(fault('REQUIRED', 'name at least one event type', 'types'));
  if (types && types.length > LIMITS.typesPerReplay)
    faults.push(fault('LIMIT', `at most ${LIMITS.typesPerReplay} event types`, 'types'));
  for (const [index, type] of (types ?? []).entries())
    if (!isEventType(type)) faults.push(fault('INVALID', TYPE_RULE, 'types', String(index)));
  return faults;
}

const TYPE_RULE =
  'an event type has dot-separated segments of letters, digits, _ and -, and no patterns; ' +
  `at most ${MAX_TYPE_BYTES} characters`;

function checkRange({ since, until }: ReplaySelection, now: Date): Faults {
  if (since && since > now) return [fault('INVALID', 'since must lie in the past', 'since')];
  if (since && until && since >= until) return [fault('INVALID', 'until must be later than since', 'until')];
  return [];
}

function withoutRepeats(selection: ReplaySelection): ReplaySelection {
  const { deliveryIds, status, types } = selection;
  return {
    ...selection,
    ...(deliveryIds ? { deliveryIds: [...new Set(deliveryIds)] } : {}),
    ...(status ? { status: [...new Set(status)] } : {}),
    ...(types ? { types: [...new Set(types)] } : {}),
  };
}
