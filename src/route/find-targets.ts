import type { RoutingTarget } from '../domain/routed-event';
import type { EndpointSettings, SubscriptionSettings, WarrenEvent } from '../domain/nouns';

/** The part of a tenant's configuration that routing reads. */
export interface RoutingConfig {
  tenantId: string;
  slug: string;
  version: number;
  endpoints: ReadonlyMap<string, EndpointSettings>;
  subscribersOf(type: string): SubscriptionSettings[];
}

/** Who gets the event: one delivery per matching subscription. An endpoint that is not active has its own HELD. */
export function findTargets(config: RoutingConfig, event: Pick<WarrenEvent, 'type'>): RoutingTarget[] {
  return config.subscribersOf(event.type).flatMap(({ id, endpointId }): RoutingTarget[] => {
    const endpoint = config.endpoints.get(endpointId);
    if (!endpoint) return [];
    const target = { subscriptionId: id, endpointId };
    if (endpoint.status === 'ACTIVE') return [{ ...target, status: 'PENDING' }];
    return [{ ...target, status: 'HELD', heldBecause: endpoint.status }];
  });
}
