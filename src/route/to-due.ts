import { LIMITS } from '../domain/limits';
import type { WarrenEvent } from '../domain/nouns';
import type { RoutedDelivery } from '../domain/routing/routed-event';
import type { DeliveryDue } from '../messages/delivery-due';
import type { RoutingConfig } from './find-targets';

/** The first attempt of a delivery. */
export function toDue(
  event: WarrenEvent,
  delivery: Pick<RoutedDelivery, 'id' | 'endpointId' | 'subscriptionId' | 'generation'>,
  config: RoutingConfig,
  now: Date,
): DeliveryDue {
  return {
    id: delivery.id,
    tenantId: event.tenantId,
    tenantSlug: config.slug,
    eventId: event.id,
    type: event.type,
    version: event.version,
    occurredAtMs: event.occurredAt.getTime(),
    endpointId: delivery.endpointId,
    subscriptionId: delivery.subscriptionId,
    attempt: 1,
    runStart: 0,
    generation: delivery.generation,
    configVersion: config.version,
    queuedAtMs: now.getTime(),
    traceparent: event.traceparent,
    orderingKey: event.orderingKey,
    stored: event.data.length > LIMITS.inlinePayloadBytes,
    data: event.data,
  };
}
