import { STATUS_CODES } from '../../domain/delivery/delivery-status';
import { idBytes } from '../../domain/ids';
import type { WarrenEvent } from '../../domain/nouns';
import type { Attempt } from '../../domain/delivery/outcome';
import type { RoutingTarget } from '../../domain/routing/routed-event';
import type { Change } from '../changes/change-log';
import { chunks } from '../chunks';
import type { Sql } from '../database';
import { queueRouted, type HeldDelivery } from '../gate/gate-writes';

export interface NewDelivery {
  id: string;
  event: WarrenEvent;
  target: RoutingTarget;
  /** Set when its first attempt, which began then, has succeeded already. */
  delivered?: DeliveredAtOnce | undefined;
}

interface DeliveredAtOnce {
  since: Date;
  attempt: Attempt;
}

export interface MadeWhen {
  at: Date;
  /** When the sweep may think that the message of one that may go at once got lost. */
  dueBy: Date;
}

/**
 * Rows of deliveries that there were not. What may not go yet is put in its gate's queue, in the order given.
 * @returns what the change log gets, which must be the last of the transaction
 */
export async function insertDeliveries(
  sql: Sql,
  deliveries: readonly NewDelivery[],
  { at, dueBy }: MadeWhen,
): Promise<Change[]> {
  const rows = deliveries.map(
    ({ id, event, target: { endpointId, subscriptionId, status, heldBecause }, delivered }) => [
      idBytes('delivery', id),
      idBytes('tenant', event.tenantId),
      idBytes('event', event.id),
      idBytes('endpoint', endpointId),
      idBytes('subscription', subscriptionId),
      event.type,
      STATUS_CODES[delivered ? 'DELIVERED' : status],
      heldBecause ?? null,
      ...[delivered ? 1 : 0, 0, 0],
      delivered ? null : status === 'PENDING' ? dueBy : scheduledFor(event, heldBecause),
      event.orderingKey ?? null,
      ...[delivered?.since ?? at, at, delivered ? at : null],
    ],
  );
  for (const part of chunks(rows)) {
    await sql.write(
      `insert into deliveries (id, tenant_id, event_id, endpoint_id, subscription_id, event_type, status, held_because,
         attempt_count, run_start, generation, next_attempt_at, ordering_key, created_at, updated_at, delivered_at) values ?`,
      [part],
    );
  }
  await queueRouted(sql, deliveries.flatMap(asHeld), at);
  return deliveries.flatMap(changesOf);
}

/** What was delivered at once was PENDING until then: who watches is told both. */
function changesOf({ id, event, target: { endpointId, status }, delivered }: NewDelivery): Change[] {
  const whose = { tenantId: event.tenantId, endpointId, deliveryId: id };
  if (!delivered) return [{ from: null, status, attempt: 0, ...whose }];
  return [
    { from: null, status: 'PENDING', attempt: 0, at: delivered.since, ...whose },
    { from: 'PENDING', status: 'DELIVERED', attempt: 1, ...whose },
  ];
}

/** What is scheduled waits for a time, not for its endpoint. */
function asHeld({ id, event, target: { endpointId, heldBecause } }: NewDelivery): HeldDelivery[] {
  if (heldBecause === undefined || heldBecause === 'SCHEDULED') return [];
  const { tenantId, orderingKey } = event;
  return [{ tenantId, endpointId, deliveryId: id, reason: heldBecause, orderingKey }];
}

const scheduledFor = ({ deliverAt }: WarrenEvent, heldBecause: RoutingTarget['heldBecause']): Date | null =>
  heldBecause === 'SCHEDULED' && deliverAt ? deliverAt : null;
