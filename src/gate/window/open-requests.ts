import { LRUCache } from 'lru-cache';

/**
 * Turns to send a request and wait for its receiver's answer, by endpoint, each with a bounded number. A receiver that nobody
 * set a limit for is not sent more at once because this process could.
 */
export interface OpenRequests {
  /**
   * Counts one in, at once or when the promise resolves: in the order in which they asked, what the gate has let go first.
   * @param needNotWait asked only where it would have to, and while it waits: no request is made after all, say
   * @returns what to end it with; rejects with NotStarted where it waited and is given back
   */
  begin(endpointId: string, isReleased: boolean, needNotWait?: () => boolean): number | Promise<number>;
  /** From here on it waits for the receiver; before, if for anything, for the database. */
  sent(endpointId: string, request: number): void;
  end(endpointId: string, request: number): void;
  /** Asks those that wait whether they still have to. */
  lookAgain(): void;
  /** Sent and not answered, of all endpoints. */
  count(): number;
  /** Begun and not ended. */
  countOf(endpointId: string): number;
  /** True when most of what is open to it has been so for long, or when its last answer took long. */
  isSlow(endpointId: string): boolean;
  /** Refuses all that wait: they come again. But for the few that the gate has let go, which nobody else would send. */
  giveBack(): void;
  /** Begins what the gate has let go, gives the others back, and from now on nobody waits: it is for another process. */
  stopWaiting(): void;
}

/** It waited for a request to end and was given back: nothing was sent. */
export class NotStarted extends Error {
  constructor() {
    super('given back');
    this.name = 'NotStarted';
  }
}

/** Requests that one process has open to an endpoint which has no limit of its own. */
export const MOST_OPEN = 400;
/**
 * Of those, what is sent as it comes: the last few are for what was held, or it would wait for as long as more comes. As
 * few are kept from what was held, or what comes would wait for as long as there is a backlog.
 */
export const MOST_OPEN_AS_IT_COMES = 384;

/** A request that takes longer has its endpoint counted as slow. */
const SLOW_MS = 1000;
/** For how long the last answer counts: all of what hangs times out at once, and the next ones are new. */
const RECENT_MS = 10_000;
const SLOW_KEPT = 10_000;

interface OfEndpoint {
  /** By their numbers, oldest first. */
  open: Map<number, Open>;
  /** Of these, what is sent as it comes. */
  coming: number;
  /** Oldest first. */
  waiting: { released: Waiting[]; coming: Waiting[] };
}

interface Open {
  sentMs: number | undefined;
  isReleased: boolean;
}

interface Waiting {
  begin: (request: number) => void;
  refuse: (error: NotStarted) => void;
  needNotWait?: (() => boolean) | undefined;
}

/** @param bounds of one endpoint, but for those that need not wait */
export function makeOpenRequests(
  bounds = { most: MOST_OPEN, asItComes: MOST_OPEN_AS_IT_COMES },
  now: () => number = Date.now,
): OpenRequests {
  const byEndpoint = new Map<string, OfEndpoint>();
  /** Endpoints whose last answer took long, and when it came. */
  const slowAtMs = new LRUCache<string, number>({ max: SLOW_KEPT });
  let requests = 0;
  let count = 0;
  let isStopping = false;

  const hasPlace = ({ open, coming }: OfEndpoint, isReleased: boolean): boolean =>
    open.size < bounds.most && (isReleased || coming < bounds.asItComes);

  function enter(of: OfEndpoint, isReleased: boolean): number {
    if (!isReleased) of.coming++;
    of.open.set(++requests, { sentMs: undefined, isReleased });
    return requests;
  }

  function beginWaiting(of: OfEndpoint): void {
    const { released, coming } = of.waiting;
    const isReleased = released.length > 0;
    if (!hasPlace(of, isReleased)) return;
    const next = isReleased ? released.shift() : coming.shift();
    next?.begin(enter(of, isReleased));
  }

  function giveBack(): void {
    for (const of of byEndpoint.values())
      for (const { refuse } of of.waiting.coming.splice(0)) refuse(new NotStarted());
  }

  function judge(endpointId: string, sentMs: number): void {
    const endedMs = now();
    if (endedMs - sentMs > SLOW_MS) slowAtMs.set(endpointId, endedMs);
    else if (slowAtMs.size > 0) slowAtMs.delete(endpointId);
  }

  return {
    begin(endpointId, isReleased, needNotWait) {
      let of = byEndpoint.get(endpointId);
      if (!of) {
        of = { open: new Map(), coming: 0, waiting: { released: [], coming: [] } };
        byEndpoint.set(endpointId, of);
      }
      if (hasPlace(of, isReleased) || needNotWait?.()) return enter(of, isReleased);
      if (isStopping) return isReleased ? enter(of, true) : Promise.reject(new NotStarted());
      const waiting = isReleased ? of.waiting.released : of.waiting.coming;
      return new Promise((begin, refuse) => waiting.push({ begin, refuse, needNotWait }));
    },
    sent(endpointId, request) {
      const sent = byEndpoint.get(endpointId)?.open.get(request);
      if (!sent || sent.sentMs !== undefined) return;
      sent.sentMs = now();
      count++;
    },
    end(endpointId, request) {
      const of = byEndpoint.get(endpointId);
      const ended = of?.open.get(request);
      if (!of || !ended) return;
      of.open.delete(request);
      if (!ended.isReleased) of.coming--;
      // How long it took to set one aside says nothing of the receiver.
      if (ended.sentMs !== undefined) {
        count--;
        judge(endpointId, ended.sentMs);
      }
      beginWaiting(of);
      if (of.open.size === 0) byEndpoint.delete(endpointId);
    },
    lookAgain() {
      for (const of of byEndpoint.values()) {
        const { coming } = of.waiting;
        for (const one of coming.splice(0)) {
          if (one.needNotWait?.()) one.begin(enter(of, false));
          else coming.push(one);
        }
      }
    },
    count: () => count,
    countOf: (endpointId) => byEndpoint.get(endpointId)?.open.size ?? 0,
    giveBack,
    stopWaiting() {
      isStopping = true;
      giveBack();
      for (const of of byEndpoint.values()) {
        // Let go in the database: for others it is under way, until this process is gone.
        for (const { begin } of of.waiting.released.splice(0)) begin(enter(of, true));
      }
    },
    isSlow(endpointId) {
      const since = now() - RECENT_MS;
      return (
        isMostlySlow(byEndpoint.get(endpointId)?.open) || (slowAtMs.get(endpointId) ?? -Infinity) >= since
      );
    },
  };

  function isMostlySlow(open: ReadonlyMap<number, Open> | undefined): boolean {
    // Of the oldest: what comes beyond the bound and is about to be held says nothing of the endpoint.
    const half = Math.floor(Math.min(open?.size ?? 0, bounds.asItComes) / 2);
    let index = 0;
    for (const { sentMs } of open?.values() ?? []) {
      if (index++ === half) return sentMs !== undefined && now() - sentMs > SLOW_MS;
    }
    return false;
  }
}
