import type { RoutingTarget } from '../domain/routed-event';
import { filteredEvent } from '../domain/event-pattern/filtered-event';
import type { EndpointSettings, SubscriptionSettings, WarrenEvent } from '../domain/nouns';

/** The part of a tenant's configuration that routing reads. */
export interface RoutingConfig {
  tenantId: string;
  slug: string;
  version: number;
  endpoints: ReadonlyMap<string, EndpointSettings>;
  /** `event` is asked for only when a filter has to see it. */
  subscribersOf(type: string, event: () => object): SubscriptionSettings[];
}

/** Who gets the event, whose parsed data is `data`: one delivery per matching subscription. An endpoint that is not active has its own HELD. */
export function findTargets(config: RoutingConfig, event: WarrenEvent, data: unknown): RoutingTarget[] {
  const seen = () => filteredEvent(event, config.slug, data);
  return config.subscribersOf(event.type, seen).flatMap(({ id, endpointId }): RoutingTarget[] => {
    const endpoint = config.endpoints.get(endpointId);
    if (!endpoint) return [];
    if (endpoint.status === 'ACTIVE') return [{ subscriptionId: id, endpointId, status: 'PENDING' }];
    return [{ subscriptionId: id, endpointId, status: 'HELD', heldBecause: endpoint.status }];
  });
}
