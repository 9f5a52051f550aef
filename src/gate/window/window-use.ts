import type { WindowUse } from './fair-share';
import { MOST_OPEN_AS_IT_COMES, type OpenRequests } from './open-requests';

/** Counts what a process has under way, by endpoint. */
export interface WindowCounter {
  /**
   * Counts one in; the function that it answers with counts it out.
   * @param isReleased let go by the endpoint's gate
   */
  enter(endpointId: string, isReleased: boolean): () => void;
  inFlight(): number;
  inFlightOf(endpointId: string): number;
  hasRoom(count: number): boolean;
  /** @param besides how many of what came for the endpoint, just counted in, to leave out */
  use(endpointId: string, besides?: 0 | 1): WindowUse;
  /** Whether any other endpoint was sent to lately. */
  hasOthers(endpointId: string): boolean;
}

/** For how long an endpoint that was sent to counts as one of those that share the window. */
const RECENT_MS = 10_000;
/** From here on the window, or what a queue may have of it, counts as full: the rest sees whose deliveries come. */
const FULL = 0.8;

interface OfEndpoint {
  inFlight: number;
  released: number;
}

const fullAt = (places: number): number => Math.max(1, Math.floor(places * FULL));

/**
 * How much that came for a slow endpoint may be under way: all of it comes off one queue, and behind what fills that queue's
 * places the others of the queue would wait.
 */
export const mostAsItComes = (placesOfQueue: number): number =>
  Math.min(MOST_OPEN_AS_IT_COMES, fullAt(placesOfQueue));

/** @param placesNow how many places there are, with so many requests open */
export function makeWindowCounter(
  placesNow: (open: number) => number,
  requests: Pick<OpenRequests, 'count' | 'isSlow'>,
  mostComing: number = MOST_OPEN_AS_IT_COMES,
  now: () => number = Date.now,
): WindowCounter {
  const underWay = new Map<string, OfEndpoint>();
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
    enter(endpointId, isReleased) {
      const of = underWay.get(endpointId) ?? { inFlight: 0, released: 0 };
      underWay.set(endpointId, of);
      inFlight++;
      of.inFlight++;
      if (isReleased) of.released++;
      // Deleted first, so that the map stays in order of time.
      seenAtMs.delete(endpointId);
      seenAtMs.set(endpointId, now());
      return () => {
        inFlight--;
        if (isReleased) of.released--;
        if (--of.inFlight === 0) underWay.delete(endpointId);
      };
    },
    inFlight: () => inFlight,
    inFlightOf: (endpointId) => underWay.get(endpointId)?.inFlight ?? 0,
    hasRoom: (count) => inFlight + count <= places(),
    hasOthers: (endpointId) => recentEndpoints() > (seenAtMs.has(endpointId) ? 1 : 0),
    use(endpointId, besides = 0) {
      const of = underWay.get(endpointId);
      return {
        window: fullAt(places()),
        mostComing,
        inFlight: inFlight - besides,
        endpoints: recentEndpoints(),
        ofEndpoint: {
          inFlight: (of?.inFlight ?? 0) - besides,
          released: of?.released ?? 0,
          isSlow: () => requests.isSlow(endpointId),
        },
      };
    },
  };
}
