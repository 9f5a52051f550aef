import type { RoutedDelivery, RoutedEvent } from '../domain/routing/routed-event';
import type { WarrenEvent } from '../domain/nouns';
import type { DeliveryDue } from '../messages/delivery-due';
import type { Received } from '../messages/received';
import { failpoint } from '../runtime/failpoint';
import type { Accepted, Refused } from './accept-message';
import type { RoutingConfig } from './find-targets';
import type { RouteDeps } from './route-deps';
import { toDue } from './to-due';

/** What follows once the event is on record: its deliveries are sent on, its message is acked, all who watch are told. */
export async function settleEvent(
  deps: RouteDeps,
  item: Accepted,
  result: RoutedEvent,
  now: Date,
): Promise<void> {
  const { message, config, entry } = item;
  if (result.kind === 'foreign') return rejectForeign(deps, message);
  const event = { ...entry.event, id: result.eventId };
  const due = result.deliveries
    .filter(({ status }) => status === 'PENDING')
    .map((delivery) => dueAfter(result.kind, toDue(event, delivery, config, now)));
  for (const { endpointId, status } of result.deliveries) {
    if (status === 'HELD') deps.nudgeGate({ tenantId: event.tenantId, endpointId });
  }
  const isDirect = result.kind === 'fresh' && item.isIdentified && ackWhenDispatched(deps, message, due);
  if (!isDirect) await ackWhenSent(deps, message, due);
  if (result.kind === 'fresh') announceAll(deps, event, result.deliveries, config, now);
  report(deps, item, result);
}

export async function ackWhenSent(
  deps: RouteDeps,
  message: Received,
  due: readonly DeliveryDue[],
): Promise<void> {
  if (due.length > 0) await Promise.all(due.map((one) => sendPersistently(deps, one)));
  failpoint('route.sent');
  message.ack();
}

/** Of a publish that failed the broker may have the message all the same: the second is checked against the row. */
const sendPersistently = (deps: RouteDeps, due: DeliveryDue): Promise<void> =>
  deps.persistently('route.send', (attempt) =>
    deps.sendDue(attempt === 0 ? due : { ...due, mayHaveTwin: true }),
  );

/**
 * Without the hop the event's own message is what stands for its deliveries until they are on record: a crash brings it
 * back, the event is found, and what is not settled is sent. Nobody waits for it here: the next batch may be routed.
 */
function ackWhenDispatched(deps: RouteDeps, message: Received, due: readonly DeliveryDue[]): boolean {
  const recorded = due.length > 0 ? deps.dispatchDirectly?.(due) : undefined;
  if (!recorded) return false;
  recorded.then(
    () => {
      failpoint('route.sent');
      message.ack();
    },
    () => message.requeue(),
  );
  return true;
}

/** An event that was on record before may have been sent on before, too. */
const dueAfter = (kind: 'fresh' | 'twin', due: DeliveryDue): DeliveryDue =>
  kind === 'twin' ? { ...due, mayHaveTwin: true } : due;

export async function rejectMessage(deps: RouteDeps, { message, code, reason }: Refused): Promise<void> {
  await deps.persistently('route.reject', () => deps.reject(message, code, reason));
  failpoint('route.rejected');
  message.ack();
  deps.observe({ kind: 'rejected', code, type: message.routingKey });
}

export function rejectForeign(deps: RouteDeps, message: Received): Promise<void> {
  const reason = 'the header `warren-event-id` names another event; leave it out';
  return rejectMessage(deps, { message, code: 'BAD_ENVELOPE', reason });
}

export function announceAll(
  deps: RouteDeps,
  event: WarrenEvent,
  deliveries: readonly RoutedDelivery[],
  config: RoutingConfig,
  now: Date,
): void {
  for (const { id, endpointId, status, seq } of deliveries) {
    deps.announce({
      tenantId: event.tenantId,
      tenantSlug: config.slug,
      seq,
      deliveryId: id,
      eventId: event.id,
      eventType: event.type,
      endpointId,
      status,
      attempt: 0,
      atMs: now.getTime(),
    });
  }
}

export function report(
  deps: RouteDeps,
  { entry: { event }, span }: Accepted,
  { kind, eventId, deliveries }: Extract<RoutedEvent, { eventId: string }>,
): void {
  span?.end();
  const { tenantId, type } = event;
  deps.observe({ kind: 'routed', outcome: kind, eventId, tenantId, type, deliveries: deliveries.length });
}
