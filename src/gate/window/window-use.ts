import type { WindowUse } from './fair-share';

/** Counts what a process has under way, by endpoint. */
export interface WindowCounter {
  /** Counts one in; the function that it answers with counts it out. */
  enter(endpointId: string): () => void;
  inFlight(): number;
  inFlightOf(endpointId: string): number;
  /** @param besides how many of the endpoint's own, just counted in, to leave out */
  use(endpointId: string, besides?: 0 | 1): WindowUse;
  /** Whether any other endpoint was sent to lately. */
  hasOthers(endpointId: string): boolean;
}

/** A request that takes longer has its endpoint counted as slow. */
const SLOW_MS = 1000;
/** For how long an endpoint that was sent to counts as one of those that share the window. */
const RECENT_MS = 10_000;
/** From here on the window counts as full: the rest of it sees whose deliveries come. */
const FULL = 0.8;

interface Seen {
  atMs: number;
  /** How its last request went: all of a window that hangs times out at once, and the next ones are new. */
  wasSlow: boolean;
}

export function makeWindowCounter(window: number, now: () => number = Date.now): WindowCounter {
  /** When each began by its number, oldest first. */
  const begun = new Map<string, Map<number, number>>();
  let entries = 0;
  const seen = new Map<string, Seen>();
  let inFlight = 0;

  function recentEndpoints(): number {
    const since = now() - RECENT_MS;
    for (const [endpointId, { atMs }] of seen) {
      if (atMs >= since) break;
      seen.delete(endpointId);
    }
    return seen.size;
  }

  function areSlow(starts: ReadonlyMap<number, number>): boolean {
    let index = 0;
    for (const startedMs of starts.values()) {
      if (index++ === Math.floor(starts.size / 2)) return now() - startedMs > SLOW_MS;
    }
    return false;
  }

  return {
    enter(endpointId) {
      const entry = entries++;
      const startedMs = now();
      const starts = begun.get(endpointId) ?? new Map<number, number>();
      begun.set(endpointId, starts.set(entry, startedMs));
      inFlight++;
      const last = seen.get(endpointId);
      // Deleted first, so that the map stays in order of time.
      seen.delete(endpointId);
      seen.set(endpointId, { atMs: startedMs, wasSlow: last?.wasSlow ?? false });
      return () => {
        inFlight--;
        starts.delete(entry);
        const current = seen.get(endpointId);
        if (current) current.wasSlow = now() - startedMs > SLOW_MS;
        if (starts.size === 0 && begun.get(endpointId) === starts) begun.delete(endpointId);
      };
    },
    inFlight: () => inFlight,
    inFlightOf: (endpointId) => begun.get(endpointId)?.size ?? 0,
    hasOthers: (endpointId) => recentEndpoints() > (seen.has(endpointId) ? 1 : 0),
    use(endpointId, besides = 0) {
      const starts = begun.get(endpointId) ?? new Map<number, number>();
      return {
        window: Math.max(1, Math.floor(window * FULL)),
        inFlight: inFlight - besides,
        endpoints: recentEndpoints(),
        ofEndpoint: {
          inFlight: starts.size - besides,
          isSlow: () => areSlow(starts) || (seen.get(endpointId)?.wasSlow ?? false),
        },
      };
    },
  };
}
