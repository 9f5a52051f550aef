import type { RoutingTarget } from '../domain/routing/routed-event';
import { filteredEvent } from '../domain/event-pattern/filtered-event';
import type { Found } from '../domain/event-pattern/subscriber-index';
import type { InPieces, IsTooLate } from '../domain/pieces';
import type { EndpointSettings, SubscriptionSettings, WarrenEvent } from '../domain/nouns';

/** The part of a tenant's configuration that routing reads. */
export interface RoutingConfig {
  tenantId: string;
  slug: string;
  version: number;
  endpoints: ReadonlyMap<string, EndpointSettings>;
  /** `event` is asked for only when a filter has to see it, and so is `isTooLate`. */
  subscribersOf(
    type: string,
    event: () => object,
    isTooLate?: IsTooLate,
  ): InPieces<Found<SubscriptionSettings>>;
}

/** `version` is of the configuration by which they were found. */
export interface FoundTargets {
  targets: RoutingTarget[];
  version: number;
}

/**
 * Who gets the event, whose parsed data is `data`: one delivery per matching subscription. An endpoint that is not active
 * has its own HELD, and so has one of whose filter it was too late to see whether it matches.
 */
export function* findTargets(
  config: RoutingConfig,
  event: WarrenEvent,
  data: unknown,
  isTooLate?: IsTooLate,
): InPieces<FoundTargets> {
  const seen = () => filteredEvent(event, config.slug, data);
  const { found, undecided } = yield* config.subscribersOf(event.type, seen, isTooLate);
  const targets = found.flatMap(({ id, endpointId }): RoutingTarget[] => {
    const endpoint = config.endpoints.get(endpointId);
    if (!endpoint) return [];
    if (endpoint.status === 'ACTIVE') return [{ subscriptionId: id, endpointId, status: 'PENDING' }];
    return [{ subscriptionId: id, endpointId, status: 'HELD', heldBecause: endpoint.status }];
  });
  for (const { id, endpointId } of undecided) {
    if (config.endpoints.has(endpointId))
      targets.push({ subscriptionId: id, endpointId, status: 'HELD', heldBecause: 'FILTER' });
  }
  return { targets, version: config.version };
}
