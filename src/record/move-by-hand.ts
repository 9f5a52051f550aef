import type { DueMaterial, MoveResult } from '../domain/delivery/delivery-records';
import { refused, done, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { Delivery } from '../domain/nouns';
import type { DeliveryChange } from '../messages/delivery-change';
import type { DeliveryDue } from '../messages/delivery-due';

/** What retry and cancel by hand need of the rest of the house. */
export interface MoveDeps {
  restart(tenantId: string | null, id: string, at: Date): Promise<MoveResult>;
  cancel(tenantId: string | null, id: string, at: Date): Promise<MoveResult>;
  materialOf(ids: readonly string[]): Promise<DueMaterial[]>;
  sendDue(due: DeliveryDue): Promise<void>;
  announce(change: DeliveryChange): void;
}

/**
 * Any delivery, now, from the foot of the ladder. Once the row says so it will be sent: when the publish fails, the
 * sweep finds it overdue.
 */
export async function retryDelivery(
  deps: MoveDeps,
  tenantId: string | null,
  id: string,
): Promise<Outcome<Delivery>> {
  const [material] = decodeId('delivery', id) ? await deps.materialOf([id]) : [];
  const isReachable = material && (tenantId === null || material.delivery.tenantId === tenantId);
  if (!isReachable) return explain({ kind: 'not-found' }, 'retried');
  const result = await deps.restart(tenantId, id, new Date());
  if (result.kind !== 'moved') return explain(result, 'retried');
  const { delivery, seq } = result.moved;
  const due: DeliveryDue = { ...dueOf({ ...material, delivery }, new Date()), byHand: true };
  await deps.sendDue(due).catch(() => undefined);
  deps.announce(changeOf(delivery, material.tenantSlug, seq));
  return done(delivery);
}

/** No more attempts. One that is under way at this moment may still arrive. */
export async function cancelDelivery(
  deps: MoveDeps,
  tenantId: string | null,
  id: string,
): Promise<Outcome<Delivery>> {
  const result = await deps.cancel(tenantId, id, new Date());
  if (result.kind !== 'moved') return explain(result, 'cancelled');
  const { delivery, seq } = result.moved;
  const [material] = await deps.materialOf([id]);
  if (material) deps.announce(changeOf(delivery, material.tenantSlug, seq));
  return done(delivery);
}

function explain(result: Exclude<MoveResult, { kind: 'moved' }>, verb: string): Outcome<never> {
  if (result.kind === 'not-found') return refused('NOT_FOUND', 'There is no such delivery.', ['id']);
  if (result.kind === 'endpoint-gone') {
    return refused('CONFLICT', `The endpoint of this delivery was deleted: it cannot be ${verb}.`, ['id']);
  }
  return refused('CONFLICT', `A delivery that is ${result.status} cannot be ${verb}.`, ['id']);
}

/** The message that sends a delivery again as its row stands. */
export function dueOf({ delivery, data, ...material }: DueMaterial, now: Date): DeliveryDue {
  return {
    id: delivery.id,
    tenantId: delivery.tenantId,
    tenantSlug: material.tenantSlug,
    eventId: delivery.eventId,
    type: delivery.eventType,
    version: material.version,
    occurredAtMs: material.occurredAt.getTime(),
    endpointId: delivery.endpointId,
    subscriptionId: delivery.subscriptionId,
    attempt: delivery.attemptCount + 1,
    runStart: delivery.runStart,
    generation: delivery.generation,
    configVersion: material.configVersion,
    queuedAtMs: now.getTime(),
    ...(material.traceparent === null ? {} : { traceparent: material.traceparent }),
    ...(delivery.orderingKey === undefined ? {} : { orderingKey: delivery.orderingKey }),
    stored: data.length > LIMITS.inlinePayloadBytes,
    data,
  };
}

/** The same when its message is thought lost: should it be on its way after all, one of the two finds the other's work. */
export function resentDue(material: DueMaterial, now: Date): DeliveryDue {
  return { ...dueOf(material, now), mayHaveTwin: true };
}

function changeOf(delivery: Delivery, tenantSlug: string, seq: number): DeliveryChange {
  return {
    tenantId: delivery.tenantId,
    tenantSlug,
    seq,
    deliveryId: delivery.id,
    eventId: delivery.eventId,
    eventType: delivery.eventType,
    endpointId: delivery.endpointId,
    status: delivery.status,
    attempt: delivery.attemptCount,
    atMs: delivery.updatedAt.getTime(),
  };
}
