import { createHash } from 'node:crypto';
import { STATUS_CODES } from '../../domain/delivery/delivery-status';
import { encodeId, idBytes } from '../../domain/ids';
import type { Sql } from '../database';

/** The gate's part in the transactions of routing and recording. Always gates first, then the queue, each in order. */

export interface HeldDelivery {
  tenantId: string;
  endpointId: string;
  deliveryId: string;
  reason: string;
  orderingKey: string | undefined;
}

/** What has no ordering key shares one lane. */
export const NO_KEY_LANE = Buffer.alloc(16);

export function laneOf(orderingKey: string | undefined): Buffer {
  if (orderingKey === undefined) return NO_KEY_LANE;
  return createHash('sha256').update(orderingKey).digest().subarray(0, 16);
}

/** Puts new deliveries into the queue, in the order given, which is publish order. */
export async function queueRouted(sql: Sql, held: readonly HeldDelivery[], at: Date): Promise<void> {
  if (held.length === 0) return;
  const gates = new Map(held.map(({ endpointId, tenantId }) => [endpointId, tenantId]));
  await openGates(
    sql,
    [...gates].map(([endpointId, tenantId]) => [
      idBytes('endpoint', endpointId),
      idBytes('tenant', tenantId),
    ]),
  );
  await sql.write(
    'insert into gate_queue (endpoint_id, tenant_id, delivery_id, reason, lane, held_at) values ?',
    [
      held.map(({ tenantId, endpointId, deliveryId, reason, orderingKey }) => [
        idBytes('endpoint', endpointId),
        idBytes('tenant', tenantId),
        idBytes('delivery', deliveryId),
        reason,
        laneOf(orderingKey),
        at,
      ]),
    ],
  );
}

/**
 * Puts deliveries that are HELD by now into the queue. One that has been there before keeps its place, and the time since
 * when it waits: the first of a queue is the one that has waited longest.
 */
export async function queueHeld(sql: Sql, deliveryIds: readonly string[], at: Date): Promise<void> {
  if (deliveryIds.length === 0) return;
  const ids = [...new Set(deliveryIds)].sort().map((id) => idBytes('delivery', id));
  const gates = await sql.rows<{ endpoint_id: Buffer; tenant_id: Buffer }>(
    'select distinct endpoint_id, tenant_id from deliveries where id in (?)',
    [ids],
  );
  await openGates(
    sql,
    gates.map((row) => [row.endpoint_id, row.tenant_id]),
  );
  await sql.write(
    `insert into gate_queue (endpoint_id, tenant_id, delivery_id, reason, lane, held_at)
     select endpoint_id, tenant_id, id, held_because,
       coalesce(left(unhex(sha2(ordering_key, 256)), 16), ?), ? from deliveries
     where id in (?) and status = ? order by id
     on duplicate key update reason = values(reason), released_at = null, released_by = null`,
    [NO_KEY_LANE, at, ids, STATUS_CODES.HELD],
  );
}

/** What was released has ended. */
export async function leaveQueue(sql: Sql, deliveryIds: readonly string[]): Promise<void> {
  if (deliveryIds.length === 0) return;
  const ids = [...deliveryIds].sort().map((id) => idBytes('delivery', id));
  await sql.write('delete from gate_queue where delivery_id in (?)', [ids]);
}

/**
 * Somebody sends these by hand, or by a replay, whether they wait or not: the queue lets go of them at once. Only of an
 * ordered endpoint a row keeps the place to which its message comes back, owned by nobody.
 */
export async function takeByHand(sql: Sql, deliveryIds: readonly Buffer[], at: Date): Promise<void> {
  if (deliveryIds.length === 0) return;
  await sql.write(
    `delete q from gate_queue q left join endpoints e on e.id = q.endpoint_id
     where q.delivery_id in (?) and (e.id is null or e.ordered = false)`,
    [deliveryIds],
  );
  await sql.write('update gate_queue set released_at = ?, released_by = null where delivery_id in (?)', [
    at,
    deliveryIds,
  ]);
}

/** Which of these PENDING deliveries a gate's owner has let go, and has under way or will send. */
export async function letGoOf(sql: Sql, deliveryIds: readonly string[]): Promise<Set<string>> {
  if (deliveryIds.length === 0) return new Set();
  const rows = await sql.rows<{ delivery_id: Buffer }>(
    `select delivery_id from gate_queue
     where delivery_id in (?) and released_at is not null and released_by is not null`,
    [deliveryIds.map((id) => idBytes('delivery', id))],
  );
  return new Set(rows.map((row) => encodeId('delivery', row.delivery_id)));
}

/**
 * A row in `gates` for each, before anything is put in the queue: who closes a gate locks this row and then looks into
 * the queue, so that nothing is left behind a closed gate. The lock on those that are open is a shared one, or batches
 * that hold for one endpoint would be written one after another. It must be the row that is locked: by itself the
 * database reads these columns from the index gates_lease, and locks no more than that.
 */
async function openGates(sql: Sql, rows: [endpointId: Buffer, tenantId: Buffer][]): Promise<void> {
  const open = await sql.rows<{ endpoint_id: Buffer }>(
    'select endpoint_id from gates force index (primary) where endpoint_id in (?) and closed = false lock in share mode',
    [rows.map(([endpointId]) => endpointId)],
  );
  const shut = rows
    .filter(([endpointId]) => !open.some(({ endpoint_id }) => endpoint_id.equals(endpointId)))
    .sort(([a], [b]) => a.compare(b));
  if (shut.length === 0) return;
  await sql.write(
    `insert into gates (endpoint_id, tenant_id, changed_at) values ${shut.map(() => '(?, ?, utc_timestamp(3))').join(', ')}
     on duplicate key update changed_at = if(closed, utc_timestamp(3), changed_at), closed = false`,
    shut.flat(),
  );
}
