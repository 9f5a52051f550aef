import { LRUCache } from 'lru-cache';

/**
 * Requests that wait for their receivers' answers, by endpoint, each with a bounded number. A receiver that nobody set a
 * limit for is not sent more at once because this process could.
 */
export interface OpenRequests {
  /**
   * Counts one in, at once or when the promise resolves: in the order in which they asked.
   * @param mayPass need not wait: what the endpoint's gate lets go, for one, which knows how many it may have
   * @returns what to end it with; rejects with NotStarted where it waited and the process stops
   */
  begin(endpointId: string, mayPass: boolean): number | Promise<number>;
  end(endpointId: string, request: number): void;
  /** Whether one more of the endpoint has to wait. */
  isFull(endpointId: string): boolean;
  /** Of all endpoints. */
  count(): number;
  countOf(endpointId: string): number;
  /** True when most of what is open to it has been so for long, or when its last answer took long. */
  isSlow(endpointId: string): boolean;
  /** From now on nobody waits: what would have to is for another process. */
  stopWaiting(): void;
}

/** It waited for a request to end and was given back: nothing was sent. */
export class NotStarted extends Error {
  constructor() {
    super('the process stops');
    this.name = 'NotStarted';
  }
}

/** Requests that one process has open to an endpoint which has no limit of its own. */
export const MOST_OPEN = 400;
/** Of those, what is sent as it comes: the last few are for what was held, or it would wait for as long as more comes. */
export const MOST_OPEN_AS_IT_COMES = 384;

/** A request that takes longer has its endpoint counted as slow. */
const SLOW_MS = 1000;
/** For how long the last answer counts: all of what hangs times out at once, and the next ones are new. */
const RECENT_MS = 10_000;
const SLOW_KEPT = 10_000;

interface OfEndpoint {
  /** When each began by its number, oldest first. */
  open: Map<number, number>;
  /** Oldest first. */
  waiting: Waiting[];
}

interface Waiting {
  begin: (request: number) => void;
  refuse: (error: NotStarted) => void;
}

/** @param most of one endpoint, but for those that need not wait */
export function makeOpenRequests(most: number, now: () => number = Date.now): OpenRequests {
  const byEndpoint = new Map<string, OfEndpoint>();
  /** Endpoints whose last answer took long, and when it came. */
  const slowAtMs = new LRUCache<string, number>({ max: SLOW_KEPT });
  let requests = 0;
  let count = 0;
  let isStopping = false;

  function enter({ open }: OfEndpoint): number {
    count++;
    open.set(++requests, now());
    return requests;
  }

  return {
    begin(endpointId, mayPass) {
      let of = byEndpoint.get(endpointId);
      if (!of) byEndpoint.set(endpointId, (of = { open: new Map(), waiting: [] }));
      if (mayPass || of.open.size < most) return enter(of);
      const { waiting } = of;
      if (isStopping) return Promise.reject(new NotStarted());
      return new Promise((begin, refuse) => waiting.push({ begin, refuse }));
    },
    end(endpointId, request) {
      const of = byEndpoint.get(endpointId);
      const begunMs = of?.open.get(request);
      if (!of || begunMs === undefined) return;
      of.open.delete(request);
      count--;
      const endedMs = now();
      if (endedMs - begunMs > SLOW_MS) slowAtMs.set(endpointId, endedMs);
      else if (slowAtMs.size > 0) slowAtMs.delete(endpointId);
      const next = of.open.size < most ? of.waiting.shift() : undefined;
      next?.begin(enter(of));
      if (of.open.size === 0) byEndpoint.delete(endpointId);
    },
    isFull: (endpointId) => (byEndpoint.get(endpointId)?.open.size ?? 0) >= most,
    count: () => count,
    countOf: (endpointId) => byEndpoint.get(endpointId)?.open.size ?? 0,
    stopWaiting() {
      isStopping = true;
      for (const { waiting } of byEndpoint.values())
        for (const { refuse } of waiting.splice(0)) refuse(new NotStarted());
    },
    isSlow(endpointId) {
      const since = now() - RECENT_MS;
      return (
        isMostlySlow(byEndpoint.get(endpointId)?.open) || (slowAtMs.get(endpointId) ?? -Infinity) >= since
      );
    },
  };

  function isMostlySlow(open: ReadonlyMap<number, number> | undefined): boolean {
    let index = 0;
    for (const begunMs of open?.values() ?? []) {
      if (index++ === Math.floor((open?.size ?? 0) / 2)) return now() - begunMs > SLOW_MS;
    }
    return false;
  }
}
