import { STATUS_CODES } from '../../../src/domain/delivery/delivery-status';
import type { HoldReason } from '../../../src/domain/delivery/hold-reason';
import { deliveryIdFor, idBytes, newId } from '../../../src/domain/ids';
import { chunks } from '../../../src/store/chunks';
import type { Database } from '../../../src/store/database';
import { queueRouted } from '../../../src/store/gate/gate-writes';

export interface HeldDeliveries {
  tenantId: string;
  endpointId: string;
  reason: HoldReason;
  at: Date;
  count: number;
}

/** Rows of deliveries that are HELD, in no gate's queue. @returns their ids, in order */
export async function seedHeld(
  database: Database,
  { tenantId, endpointId, reason, at, count }: HeldDeliveries,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () =>
    deliveryIdFor(newId('event'), newId('subscription')),
  ).sort();
  const rows = ids.map((id) => [
    ...[idBytes('delivery', id), idBytes('tenant', tenantId), idBytes('event', newId('event'))],
    ...[idBytes('endpoint', endpointId), idBytes('subscription', newId('subscription')), 'a.b'],
    ...[STATUS_CODES.HELD, reason, 0, 0, 0, at, at],
  ]);
  for (const part of chunks(rows)) {
    await database.write(
      `insert into deliveries (id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, held_because,
         attempt_count, run_start, generation, created_at, updated_at) values ?`,
      [part],
    );
  }
  return ids;
}

/** The same, in their gate's queue in this order. */
export async function seedQueued(
  database: Database,
  held: HeldDeliveries,
  orderingKeyOf: (index: number) => string,
): Promise<string[]> {
  const { tenantId, endpointId, reason, at } = held;
  const ids = await seedHeld(database, held);
  const queued = ids.map((deliveryId, index) => ({
    ...{ tenantId, endpointId, deliveryId, reason },
    orderingKey: orderingKeyOf(index),
  }));
  for (const part of chunks(queued)) await database.transaction((sql) => queueRouted(sql, part, at));
  return ids;
}
