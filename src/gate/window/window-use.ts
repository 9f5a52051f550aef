import type { WindowUse } from './fair-share';
import type { OpenRequests } from './open-requests';

/** Counts what a process has under way, by endpoint. */
export interface WindowCounter {
  /** Counts one in; the function that it answers with counts it out. */
  enter(endpointId: string): () => void;
  inFlight(): number;
  inFlightOf(endpointId: string): number;
  hasRoom(count: number): boolean;
  /** @param besides how many of the endpoint's own, just counted in, to leave out */
  use(endpointId: string, besides?: 0 | 1): WindowUse;
  /** Whether any other endpoint was sent to lately. */
  hasOthers(endpointId: string): boolean;
}

/** For how long an endpoint that was sent to counts as one of those that share the window. */
const RECENT_MS = 10_000;
/** From here on the window counts as full: the rest of it sees whose deliveries come. */
const FULL = 0.8;

/** @param placesNow how many places there are, with so many requests open */
export function makeWindowCounter(
  placesNow: (open: number) => number,
  requests: Pick<OpenRequests, 'count' | 'isSlow'>,
  now: () => number = Date.now,
): WindowCounter {
  const underWay = new Map<string, number>();
  /** When each was last sent to, in order of time. */
  const seenAtMs = new Map<string, number>();
  let inFlight = 0;
  const places = (): number => placesNow(requests.count());

  function recentEndpoints(): number {
    const since = now() - RECENT_MS;
    for (const [endpointId, atMs] of seenAtMs) {
      if (atMs >= since) break;
      seenAtMs.delete(endpointId);
    }
    return seenAtMs.size;
  }

  return {
    enter(endpointId) {
      inFlight++;
      underWay.set(endpointId, (underWay.get(endpointId) ?? 0) + 1);
      // Deleted first, so that the map stays in order of time.
      seenAtMs.delete(endpointId);
      seenAtMs.set(endpointId, now());
      return () => {
        inFlight--;
        const left = (underWay.get(endpointId) ?? 1) - 1;
        if (left > 0) underWay.set(endpointId, left);
        else underWay.delete(endpointId);
      };
    },
    inFlight: () => inFlight,
    inFlightOf: (endpointId) => underWay.get(endpointId) ?? 0,
    hasRoom: (count) => inFlight + count <= places(),
    hasOthers: (endpointId) => recentEndpoints() > (seenAtMs.has(endpointId) ? 1 : 0),
    use: (endpointId, besides = 0) => ({
      window: Math.max(1, Math.floor(places() * FULL)),
      inFlight: inFlight - besides,
      endpoints: recentEndpoints(),
      ofEndpoint: {
        inFlight: (underWay.get(endpointId) ?? 0) - besides,
        isSlow: () => requests.isSlow(endpointId),
      },
    }),
  };
}
