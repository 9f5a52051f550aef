import type { EventToRoute, RoutedDelivery, RoutedEvent } from '../domain/routed-event';
import type { RejectCode } from '../domain/errors';
import type { WarrenEvent } from '../domain/nouns';
import type { DeliveryChange } from '../messages/delivery-change';
import type { DeliveryDue } from '../messages/delivery-due';
import type { Received } from '../messages/received';
import { failpoint } from '../runtime/failpoint';
import type { AcceptDeps, Accepted, Refused } from './accept-message';
import { makeLateLanes, type LateLanes } from './late-lanes';
import { readBatch, type LateReading } from './read-batch';
import { toDue } from './to-due';
import { makeTurns, type Turn } from './turns';
import type { RoutingConfig } from './find-targets';

/** What routing needs of the rest of the house. */
export interface RouteDeps extends AcceptDeps {
  /** Writes a batch in one transaction; may run again for the same events. */
  routeEvents(batch: EventToRoute[], at: Date): Promise<RoutedEvent[]>;
  sendDue(due: DeliveryDue): Promise<void>;
  /**
   * Attempts them in this very process, without the hop over the broker, and resolves when all are on record; undefined
   * when they should go over the broker. Not there: everything goes over the broker.
   */
  dispatchDirectly?(due: readonly DeliveryDue[]): Promise<void> | undefined;
  reject(message: Received, code: RejectCode, reason: string): Promise<void>;
  announce(change: DeliveryChange): void;
  /** Something is held: its gate's owner shall look. */
  nudgeGate(gate: { tenantId: string; endpointId: string }): void;
  observe(report: RouteReport): void;
}

/** The wide line of one message, once it is off the queue. */
export type RouteReport =
  | { kind: 'rejected'; code: RejectCode; type: string }
  | {
      kind: 'routed';
      outcome: 'fresh' | 'twin';
      eventId: string;
      tenantId: string;
      type: string;
      deliveries: number;
    };

/** A batch's place among the others, and where what would hold it up goes on by itself. */
export interface Place {
  turn: Turn;
  lanes: LateLanes;
}

/**
 * One batch from the queue `route`: read, match, write, send on, ack — in that order. Every message is acked once it is
 * either on record with its deliveries on their way, or parked in `rejected`. Throws at shutdown only; what was not
 * acked comes again, and is then found on record.
 */
export async function routeEvents(
  deps: RouteDeps,
  messages: readonly Received[],
  place: Place = alone(),
): Promise<void> {
  const now = new Date();
  const { read, late } = await readBatch(deps, messages, now);
  const accepted = read.filter((item) => 'entry' in item);
  // Side by side: a bad message that cannot be parked right now must not delay the good ones.
  await Promise.all([rejectAll(deps, read), routeInTime(deps, accepted, late, { ...place, now })]);
}

const alone = (): Place => ({ turn: makeTurns()(), lanes: makeLateLanes(() => undefined) });

/** What must come after something on a lane joins it there, and so does what is late. */
async function routeInTime(
  deps: RouteDeps,
  accepted: readonly Accepted[],
  late: readonly LateReading[],
  { turn, lanes, now }: Place & { now: Date },
): Promise<void> {
  const ahead: Accepted[] = [];
  const results = await turn.write(accepted.some(isOrdered), () => {
    for (const item of accepted) {
      const lane = isOrdered(item) ? laneOf(lanes, namesOf(item)) : undefined;
      if (lane === undefined) ahead.push(item);
      else lanes.add(lane, () => orRequeue([item.message], () => routeAccepted(deps, [item])));
    }
    for (const reading of late) {
      const lane = laneOf(lanes, reading.names) ?? reading.names.at(-1) ?? '';
      lanes.add(lane, () => orRequeue(reading.messages, () => routeLate(deps, reading, turn)));
    }
    return write(deps, ahead, now);
  });
  await settleAll(deps, ahead, results, now);
}

const isOrdered = ({ config, entry }: Accepted): boolean =>
  entry.targets.some(({ endpointId }) => config.endpoints.get(endpointId)?.ordered);

const namesOf = ({ config }: Accepted): string[] => [config.tenantId, config.slug];

/** One tenant has one lane, begun by whatever name it was known by: the id, or that in a message before it was in memory. */
const laneOf = (lanes: LateLanes, names: readonly string[]): string | undefined =>
  names.find((name) => lanes.isTaken(name));

async function routeLate(deps: RouteDeps, late: LateReading, turn: Turn): Promise<void> {
  const read = await late.read();
  await turn.earlier;
  const accepted = read.filter((item) => 'entry' in item);
  await Promise.all([rejectAll(deps, read), routeAccepted(deps, accepted)]);
}

async function routeAccepted(deps: RouteDeps, accepted: readonly Accepted[]): Promise<void> {
  const now = new Date();
  await settleAll(deps, accepted, await write(deps, accepted, now), now);
}

/** At shutdown: beside a batch, nobody else would. */
async function orRequeue(messages: readonly Received[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    for (const message of messages) message.requeue();
    throw error;
  }
}

async function write(deps: RouteDeps, accepted: readonly Accepted[], now: Date): Promise<RoutedEvent[]> {
  if (accepted.length === 0) return [];
  const results = await deps.persistently('route.write', (attempt) =>
    deps.routeEvents(
      // A commit whose answer was lost happened all the same: from the second try on, everything may be on record.
      accepted.map(({ entry }) => (attempt === 0 ? entry : { ...entry, suspect: true, redelivered: true })),
      now,
    ),
  );
  failpoint('route.written');
  return results;
}

async function settleAll(
  deps: RouteDeps,
  accepted: readonly Accepted[],
  results: readonly RoutedEvent[],
  now: Date,
): Promise<void> {
  await Promise.all(
    accepted.map((item, index) => settle(deps, item, results[index] ?? { kind: 'foreign' }, now)),
  );
}

async function rejectAll(deps: RouteDeps, read: readonly (Accepted | Refused)[]): Promise<void> {
  const refused = read.filter((item) => 'code' in item);
  await Promise.all(refused.map((item) => rejectMessage(deps, item)));
}

async function rejectMessage(deps: RouteDeps, { message, code, reason }: Refused): Promise<void> {
  await deps.persistently('route.reject', () => deps.reject(message, code, reason));
  failpoint('route.rejected');
  message.ack();
  deps.observe({ kind: 'rejected', code, type: message.routingKey });
}

async function settle(deps: RouteDeps, item: Accepted, result: RoutedEvent, now: Date): Promise<void> {
  const { message, config, entry } = item;
  if (result.kind === 'foreign') {
    const reason = 'the header `warren-event-id` names another event; leave it out';
    await rejectMessage(deps, { message, code: 'BAD_ENVELOPE', reason });
    return;
  }
  const event = { ...entry.event, id: result.eventId };
  const due = result.deliveries
    .filter(({ status }) => status === 'PENDING')
    .map((delivery) => dueAfter(result.kind, toDue(event, delivery, config, now)));
  for (const { endpointId, status } of result.deliveries) {
    if (status === 'HELD') deps.nudgeGate({ tenantId: event.tenantId, endpointId });
  }
  const isDirect = result.kind === 'fresh' && item.isIdentified && ackWhenDispatched(deps, message, due);
  if (!isDirect) {
    await Promise.all(due.map((one) => deps.persistently('route.send', () => deps.sendDue(one))));
    failpoint('route.sent');
    message.ack();
  }
  if (result.kind === 'fresh') announceAll(deps, event, result.deliveries, config, now);
  item.span?.end();
  deps.observe({
    kind: 'routed',
    outcome: result.kind,
    eventId: event.id,
    tenantId: event.tenantId,
    type: event.type,
    deliveries: result.deliveries.length,
  });
}

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

function announceAll(
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
