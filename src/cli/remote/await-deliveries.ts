import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphqlCaller } from '../call-graphql';
import type { LineOfAttempt } from './delivery-line';

export interface AwaitedDelivery {
  id: string;
  status: string;
  heldBecause: string | null;
  updatedAt: string;
  endpoint: { id: string; name: string };
  attempts: LineOfAttempt[];
}

export interface Awaited {
  /** At most 250, newest first. Undefined: the event has not been routed. */
  deliveries: AwaitedDelivery[] | undefined;
  /** False: the time was up before every one was final. */
  isFinal: boolean;
}

const FINAL = ['DELIVERED', 'DEAD_LETTERED', 'CANCELLED'];
const LOOK_MS = 250;

const EVENT = `query ($id: ID!) {
  event(id: $id) {
    deliveries(first: 250) {
      nodes {
        id status heldBecause updatedAt
        endpoint { id name }
        attempts { number durationMs ok responseStatus error }
      }
    }
  }
}`;

/** Looks until every delivery of the event is final. `onChange` sees each delivery whenever it has changed. */
export async function awaitDeliveries(
  api: GraphqlCaller,
  eventId: string,
  { timeoutMs, onChange }: { timeoutMs: number; onChange: (delivery: AwaitedDelivery) => void },
): Promise<Awaited> {
  const deadline = performance.now() + timeoutMs;
  const told = new Map<string, string>();
  for (;;) {
    const { event } = await api.call<{ event: { deliveries: { nodes: AwaitedDelivery[] } } | null }>({
      query: EVENT,
      variables: { id: eventId },
    });
    const deliveries = event?.deliveries.nodes;
    for (const delivery of deliveries ?? []) {
      const state = `${delivery.status} ${delivery.attempts.length}`;
      if (told.get(delivery.id) !== state) onChange(delivery);
      told.set(delivery.id, state);
    }
    const isFinal = deliveries?.every(({ status }) => FINAL.includes(status)) ?? false;
    if (isFinal || performance.now() >= deadline) return { deliveries, isFinal };
    await sleep(LOOK_MS);
  }
}

export interface Verdict {
  endpoint: { name: string };
  reason: string;
}

/** Why nobody got it, endpoint by endpoint. */
export async function whyNobody(api: GraphqlCaller, eventId: string): Promise<Verdict[]> {
  const { event } = await api.call<{ event: { routing: Verdict[] } | null }>({
    query: `query ($id: ID!) { event(id: $id) { routing { endpoint { name } reason } } }`,
    variables: { id: eventId },
  });
  return event?.routing ?? [];
}
