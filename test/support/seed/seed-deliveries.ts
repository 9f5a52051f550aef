import { STATUS_CODES, type DeliveryStatus } from '../../../src/domain/delivery/delivery-status';
import { deliveryIdFor, idBytes, newId, timeOfId } from '../../../src/domain/ids';
import type { TestDatabase } from '../test-database';

export interface SeededDelivery {
  eventId: string;
  deliveryId: string;
}

export interface Seed {
  tenantId: string;
  endpointId: string;
  subscriptionId: string;
  type?: string;
  /** JSON text. */
  data?: string;
  status?: DeliveryStatus;
  contentType?: string;
  lastError?: string;
}

/** An event with one delivery and one attempt, as routing and recording leave them. */
export async function seedDelivery(database: TestDatabase, seed: Seed): Promise<SeededDelivery> {
  const {
    type = 'order.placed',
    data = '{"total":1}',
    status = 'DELIVERED',
    contentType = 'application/json',
    lastError = null,
  } = seed;
  const eventId = newId('event');
  const deliveryId = deliveryIdFor(eventId, seed.subscriptionId);
  const at = new Date(timeOfId(idBytes('event', eventId)));
  const tenant = idBytes('tenant', seed.tenantId);
  const run = (sql: string, parameters: unknown[]) => database.dataSource.query(sql, parameters);
  await run(
    'insert into events (id, tenant_id, type, version, data, occurred_at, received_at) values (?, ?, ?, 1, ?, ?, ?)',
    [idBytes('event', eventId), tenant, type, Buffer.from(data), at, at],
  );
  await run(
    `insert into deliveries (id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, attempt_count,
       run_start, generation, last_error, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?, 1, 0, 0, ?, ?, ?)`,
    [
      ...[
        idBytes('delivery', deliveryId),
        tenant,
        idBytes('event', eventId),
        idBytes('endpoint', seed.endpointId),
      ],
      ...[idBytes('subscription', seed.subscriptionId), type, STATUS_CODES[status], lastError, at, at],
    ],
  );
  await run(
    `insert into delivery_attempts (delivery_id, number, at, duration_ms, ok, request_headers, response_status,
       response_headers, response_body) values (?, 1, ?, 12, true, ?, 200, '{}', 'thanks')`,
    [idBytes('delivery', deliveryId), at, JSON.stringify({ 'content-type': contentType })],
  );
  return { eventId, deliveryId };
}
