import {
  holdReasonOf,
  isUndecided,
  type HoldReason,
  type PassingReason,
} from '../domain/delivery/hold-reason';
import type { EndpointSettings, WarrenEvent } from '../domain/nouns';
import type { RoutingTarget } from '../domain/routing/routed-event';

/** What routing knows of gates. */
export interface HoldRules {
  endpoints: ReadonlyMap<string, EndpointSettings>;
  /** What the endpoint's gate says at this moment, as far as this process has heard. */
  passingReason: (endpointId: string) => PassingReason | undefined;
  /** By the database's clock. */
  now: Date;
}

/** Targets whose delivery may not go now are HELD from the start, with the reason. */
export function holdTargets(
  targets: readonly RoutingTarget[],
  { deliverAt }: Pick<WarrenEvent, 'deliverAt'>,
  { endpoints, passingReason, now }: HoldRules,
): RoutingTarget[] {
  const isScheduled = deliverAt !== undefined && deliverAt > now;
  return targets.map((target) => {
    // Whether anybody gets it at all comes first.
    if (isUndecided(target.heldBecause)) return target;
    const endpoint = endpoints.get(target.endpointId);
    const reason: HoldReason | undefined = isScheduled
      ? 'SCHEDULED'
      : endpoint && holdReasonOf(endpoint, passingReason(target.endpointId));
    return reason ? { ...target, status: 'HELD', heldBecause: reason } : target;
  });
}
