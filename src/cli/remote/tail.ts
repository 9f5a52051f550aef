import { followDeliveries, type DeliveryUpdate } from '../../api/client/follow-deliveries';
import { TopicIndex, isEventType, isTopicPattern } from '../../domain/routing/topic-pattern';
import { coloursFor } from '../colours';
import { stopOnSignals } from '../stop-on-signals';
import { deliveryLine } from './delivery-line';
import { findDeployment, type RemoteOptions } from './deployment';
import { mustBeThere } from './must-be-there';
import { keyRefused, speakTo } from './speak-to';

export interface TailOptions extends RemoteOptions {
  /** Event types or topic patterns; empty: all. */
  events: string[];
  status: string[];
  endpoint?: string;
  after?: string;
}

/** Shows changes until it is stopped. A connection that is lost is opened again, and nothing in between is missed. */
export async function tail(options: TailOptions): Promise<void> {
  const { json, events, status, endpoint, after } = options;
  const deployment = findDeployment(options, process.env);
  const isWanted = typeFilter(events);
  const colours = coloursFor(process.stdout, process.env);
  const stop = new AbortController();
  // Who reads no more, such as `head`, has seen enough.
  process.stdout.on('error', () => stop.abort());
  if (endpoint !== undefined) await mustBeThere(speakTo(deployment, stop.signal), 'endpoint', endpoint);
  const following = followDeliveries({
    ...deployment,
    filter: {
      ...(events.length > 0 && events.every(isEventType) ? { types: events } : {}),
      ...(status.length > 0 ? { status } : {}),
      ...(endpoint === undefined ? {} : { endpointId: endpoint }),
    },
    after,
    signal: stop.signal,
    onUpdate(update) {
      if (!isWanted(update.delivery.event.type)) return;
      const text = json ? JSON.stringify(update) : deliveryLine(lineOf(update), colours);
      process.stdout.write(`${text}\n`);
    },
    onLost: (reason) =>
      process.stderr.write(`no stream from ${deployment.graphqlUrl} (${reason}); trying again\n`),
  });
  stopOnSignals(async () => {
    stop.abort();
    await following;
  });
  const refusal = await following;
  if (refusal) throw refusal.code === 'UNAUTHENTICATED' ? keyRefused() : new Error(refusal.reason);
}

/** The API filters by exact types; patterns are matched here. */
export function typeFilter(patterns: readonly string[]): (type: string) => boolean {
  const wrong = patterns.find((pattern) => !isTopicPattern(pattern));
  if (wrong !== undefined)
    throw new Error(`"${wrong}" is no event type or pattern: write order.placed, order.* or order.#`);
  const index = new TopicIndex<true>();
  for (const pattern of patterns) index.add(pattern, true);
  return (type) => patterns.length === 0 || index.match(type).size > 0;
}

function lineOf({ at, status, delivery, attempt }: DeliveryUpdate): Parameters<typeof deliveryLine>[0] {
  return {
    ...{ at, status, type: delivery.event.type, endpoint: delivery.endpoint.name, attempt },
    // The delivery is as it stands now, which may be further than this change.
    heldBecause: status === 'HELD' ? delivery.heldBecause : null,
  };
}
