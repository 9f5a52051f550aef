import { deliveryIdFor } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { WarrenEvent } from '../domain/nouns';
import type { Attempt } from '../domain/delivery/outcome';
import type { EventToRoute, FirstAttemptsSoFar, RoutedEvent } from '../domain/routing/routed-event';
import type { DeliveryDue } from '../messages/delivery-due';
import { failpoint } from '../runtime/failpoint';
import type { Accepted } from './accept-message';
import type { FirstAttempts, IntoFirstWrite, RouteDeps } from './route-deps';
import { ackWhenSent, announceAll, rejectForeign, report } from './settle-event';
import { toDue } from './to-due';

/** What attempting before writing needs besides. */
export interface FirstAttemptDeps extends RouteDeps {
  dispatchDirectly: NonNullable<RouteDeps['dispatchDirectly']>;
  /** Takes the keys of events, and gives the ids under which they count, in their order; may run again. */
  claimIds(events: readonly WarrenEvent[]): Promise<string[]>;
  /** Joins a batch: one transaction writes each event as it is known by then. */
  writeAttempted(event: AttemptedEvent): Promise<RoutedEvent>;
}

/** An event whose attempts began before it is written; `delivered` grows until it is. */
export interface AttemptedEvent extends EventToRoute {
  attempted: FirstAttemptsSoFar;
}

/** An event is written after this long, whatever has come of its attempts: who looks for it shall find it. */
const UNWRITTEN_MS = 250;

/**
 * What is dispatched directly need not be written before it is attempted: until it is, the event's message stands for
 * it. So a delivery that succeeds at once is written once, as it ended, in place of twice. Whatever else comes of it is
 * recorded as always, after the event.
 */
export function makeFirstAttempts(deps: FirstAttemptDeps): FirstAttempts {
  /** By the event's id. */
  const unwritten = new Map<string, Promise<unknown>>();

  function beginOne(item: Accepted): boolean {
    const { id } = item.entry.event;
    if (unwritten.has(id) || !mayGoFirst(item)) return false;
    const written = attemptThenWrite(deps, item);
    if (!written) return false;
    const forget = (): void => void unwritten.delete(id);
    unwritten.set(id, written.then(forget, forget));
    return true;
  }

  return {
    async begin(accepted) {
      await claimAll(deps, accepted);
      const others = accepted.filter((item) => !beginOne(item));
      await Promise.all(others.map(async ({ entry }) => unwritten.get(entry.event.id)));
      return others;
    },
  };
}

/** A key is taken before anything is sent: of two events with one key, one is attempted. */
async function claimAll(deps: FirstAttemptDeps, accepted: readonly Accepted[]): Promise<void> {
  const keyed = accepted.filter(hasKeyToTake);
  if (keyed.length === 0) return;
  const ids = await deps.persistently('route.claim', () =>
    deps.claimIds(keyed.map(({ entry }) => entry.event)),
  );
  for (const [index, { entry }] of keyed.entries()) countAs(entry, ids[index] ?? entry.event.id);
}

/** What the API took has its key taken. */
const hasKeyToTake = ({ entry: { event }, isStamped }: Accepted): boolean =>
  event.idempotencyKey !== undefined && !isStamped;

function countAs(entry: EventToRoute, id: string): void {
  entry.isClaimed = true;
  if (id === entry.event.id) return;
  entry.event = { ...entry.event, id };
  entry.suspect = true;
}

/** Whatever may be on record already is looked up first, and what must not go yet is not attempted. */
const mayGoFirst = ({ entry: { event, targets, suspect }, isIdentified }: Accepted): boolean =>
  isIdentified &&
  !suspect &&
  targets.length > 0 &&
  targets.every(({ status }) => status === 'PENDING') &&
  // A larger one is read from the event's row.
  event.data.length <= LIMITS.inlinePayloadBytes;

/** @returns resolves once the event is on record; undefined when it is to be written first after all */
function attemptThenWrite(deps: FirstAttemptDeps, item: Accepted): Promise<unknown> | undefined {
  const since = deps.now();
  const due = dueOf(item);
  const delivered = new Map<string, Attempt>();
  /** Ids of deliveries; a handful at most. */
  const ended: string[] = [];
  let write: () => void = () => undefined;
  let abandon: (error: unknown) => void = () => undefined;
  const isTimeToWrite = new Promise<void>((resolve, reject) => ((write = resolve), (abandon = reject)));
  const written = writeInTime(deps, item, isTimeToWrite, {
    since,
    deliveryIds: due.map(({ id }) => id),
    delivered,
  });
  const intoFirstWrite: IntoFirstWrite = async ({ deliveryId, verdict, attempt }) => {
    ended.push(deliveryId);
    const isDelivered = verdict.kind === 'delivered' && attempt !== undefined;
    if (isDelivered) delivered.set(deliveryId, attempt);
    // What has failed waits for its row.
    if (ended.length === due.length || !isDelivered) write();
    const result = await written;
    if (result.kind !== 'fresh') return undefined;
    const mine = result.deliveries.find(({ id }) => id === deliveryId);
    if (mine?.status !== 'DELIVERED') return undefined;
    return { applied: true, status: 'DELIVERED', generation: 0, seq: mine.seq, pendingAtMs: since.getTime() };
  };

  const recorded = deps.dispatchDirectly(due, intoFirstWrite);
  if (!recorded) return undefined;
  void settle(recorded);
  return written;

  async function settle(recorded: Promise<unknown>): Promise<void> {
    const { message } = item;
    const timer = setTimeout(write, UNWRITTEN_MS);
    try {
      await recorded;
      write();
      const result = await written;
      // A twin's deliveries are for who finds the event on record.
      if (result.kind === 'twin') message.requeue();
      else if (result.kind === 'foreign') await rejectForeign(deps, message);
      // Not attempted after all, for whatever reason: the broker takes it from here.
      else
        await ackWhenSent(deps, message, due.filter(({ id }) => !ended.includes(id)).map(withPerhapsATwin));
    } catch (error) {
      abandon(error);
      message.requeue();
    } finally {
      clearTimeout(timer);
    }
  }
}

const withPerhapsATwin = (due: DeliveryDue): DeliveryDue => ({ ...due, mayHaveTwin: true });

async function writeInTime(
  deps: FirstAttemptDeps,
  item: Accepted,
  isTime: Promise<void>,
  attempted: FirstAttemptsSoFar,
): Promise<RoutedEvent> {
  await isTime;
  const result = await deps.writeAttempted(Object.assign(item.entry, { attempted }));
  failpoint('route.written');
  tellOfWritten(deps, item, result);
  return result;
}

function dueOf({ entry: { event, targets }, config }: Accepted): DeliveryDue[] {
  const now = new Date();
  return targets.map(({ subscriptionId, endpointId }) => {
    const id = deliveryIdFor(event.id, subscriptionId);
    return toDue(event, { id, subscriptionId, endpointId, generation: 0 }, config, now);
  });
}

/** What was delivered is announced by whoever waits for its record. */
function tellOfWritten(deps: FirstAttemptDeps, item: Accepted, result: RoutedEvent): void {
  if (result.kind !== 'fresh') return;
  const pending = result.deliveries.filter(({ status }) => status === 'PENDING');
  announceAll(deps, item.entry.event, pending, item.config, deps.now());
  report(deps, item, result);
}
