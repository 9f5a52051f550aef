import type { EventToRoute, RoutedEvent } from '../domain/routing/routed-event';
import type { Received } from '../messages/received';
import { failpoint } from '../runtime/failpoint';
import type { Accepted, Refused } from './accept-message';
import { makeLateLanes, type LateLanes } from './late-lanes';
import { readBatch, type LateReading } from './read-batch';
import type { RouteDeps } from './route-deps';
import { rejectMessage, settleEvent } from './settle-event';
import { makeTurns, type Turn } from './turns';

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
  const written = await turn.write(accepted.some(isOrdered), () => {
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
  await settleAll(deps, written, now);
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
  await settleAll(deps, await write(deps, accepted, now), now);
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

interface Written {
  item: Accepted;
  result: RoutedEvent;
}

/** Writes what is not written after its first attempts. */
async function write(deps: RouteDeps, accepted: readonly Accepted[], now: Date): Promise<Written[]> {
  const items = deps.first ? await deps.first.begin(accepted) : accepted;
  if (items.length === 0) return [];
  const entries = items.map(({ entry }) => entry);
  const results = await writeEvents(deps, entries, now);
  failpoint('route.written');
  return items.map((item, index) => ({ item, result: results[index] ?? { kind: 'foreign' } }));
}

/** One transaction, tried until it succeeds. */
export const writeEvents = (
  deps: Pick<RouteDeps, 'persistently' | 'routeEvents'>,
  entries: EventToRoute[],
  now: Date,
): Promise<RoutedEvent[]> =>
  deps.persistently('route.write', (attempt) =>
    deps.routeEvents(attempt === 0 ? entries : entries.map(perhapsOnRecord), now),
  );

/** A commit whose answer was lost happened all the same: from the second try on, everything may be on record. */
const perhapsOnRecord = (entry: EventToRoute): EventToRoute => ({
  ...entry,
  suspect: true,
  redelivered: true,
});

async function settleAll(deps: RouteDeps, written: readonly Written[], now: Date): Promise<void> {
  await Promise.all(written.map(({ item, result }) => settleEvent(deps, item, result, now)));
}

async function rejectAll(deps: RouteDeps, read: readonly (Accepted | Refused)[]): Promise<void> {
  const refused = read.filter((item) => 'code' in item);
  await Promise.all(refused.map((item) => rejectMessage(deps, item)));
}
