import { statusOfCode } from '../../domain/delivery/delivery-status';
import { encodeId } from '../../domain/ids';
import type { Delivery } from '../../domain/nouns';

/** How a row of `deliveries` reads. */
export interface DeliveryRow {
  id: Buffer;
  tenant_id: Buffer;
  event_id: Buffer;
  endpoint_id: Buffer;
  subscription_id: Buffer;
  event_type: string;
  status: number;
  held_because: string | null;
  attempt_count: number;
  run_start: number;
  generation: number;
  next_attempt_at: Date | null;
  last_error: string | null;
  ordering_key: string | null;
  created_at: Date;
  updated_at: Date;
  delivered_at: Date | null;
}

export const DELIVERY_COLUMNS = `id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, held_because,
  attempt_count, run_start, generation, next_attempt_at, last_error, ordering_key, created_at, updated_at, delivered_at`;

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: encodeId('delivery', row.id),
    tenantId: encodeId('tenant', row.tenant_id),
    eventId: encodeId('event', row.event_id),
    eventType: row.event_type,
    endpointId: encodeId('endpoint', row.endpoint_id),
    subscriptionId: encodeId('subscription', row.subscription_id),
    status: statusOfCode(row.status),
    attemptCount: row.attempt_count,
    runStart: row.run_start,
    generation: row.generation,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.held_because === null ? {} : { heldBecause: row.held_because }),
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: row.next_attempt_at }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(row.ordering_key === null ? {} : { orderingKey: row.ordering_key }),
    ...(row.delivered_at === null ? {} : { deliveredAt: row.delivered_at }),
  };
}
