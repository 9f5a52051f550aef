import type { DeliveryChange } from '../messages/delivery-change';

/**
 * The newest changes of one tenant, in sequence and without gaps, for all who watch it. Those who fall behind the ring
 * read the change log instead, so that a slow client costs no memory.
 */
export interface ChangeRing {
  /** The last sequence number in it; what came before and is not in it is in the log. */
  last(): number;
  /** Changes after `seq` that are still here, or undefined when some have left already. */
  after(seq: number): DeliveryChange[] | undefined;
  /** Takes the next change, or keeps it aside until what is missing before it comes. Old ones are ignored. */
  offer(change: DeliveryChange): void;
  /**
   * Takes what the log has after `last()`, in order. A number that the log leaves out is not waited for: it will never
   * come, because numbers are in the order of commits.
   */
  takeLog(changes: readonly DeliveryChange[]): void;
  /** True when a later change waits for an earlier one that has not come. */
  hasGap(): boolean;
  /** Resolves at the next change, or when `signal` aborts. */
  grown(signal: AbortSignal): Promise<void>;
}

const RING_LENGTH = 2000;
const ASIDE_LENGTH = 2000;

/**
 * The more who watch, the longer changes are gathered before all are woken: one write to each of a thousand sockets for
 * five changes costs a fifth of five writes. A few are woken at once.
 */
const GATHER = { fewWatchers: 20, msPerWatcher: 0.1, maxMs: 100 };

export function makeChangeRing(startSeq: number): ChangeRing {
  let ring: DeliveryChange[] = [];
  let last = startSeq;
  /** Everything after this is in the ring. */
  let whole = startSeq;
  const aside = new Map<number, DeliveryChange>();
  let waiters: (() => void)[] = [];
  let gathering: NodeJS.Timeout | undefined;

  function append(change: DeliveryChange): void {
    ring.push(change);
    last = change.seq;
    if (ring.length <= RING_LENGTH * 2) return;
    whole = ring[ring.length - RING_LENGTH - 1]?.seq ?? whole;
    ring = ring.slice(-RING_LENGTH);
  }

  function appendAside(): void {
    for (let next = aside.get(last + 1); next; next = aside.get(last + 1)) {
      aside.delete(next.seq);
      append(next);
    }
    for (const seq of aside.keys()) if (seq <= last) aside.delete(seq);
    if (waiters.length <= GATHER.fewWatchers) wakeAll();
    else gathering ??= setTimeout(wakeAll, Math.min(GATHER.maxMs, waiters.length * GATHER.msPerWatcher));
  }

  function wakeAll(): void {
    clearTimeout(gathering);
    gathering = undefined;
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  }

  return {
    last: () => last,
    after: (seq) => (seq < whole ? undefined : ring.slice(firstAfter(ring, seq))),
    offer(change) {
      if (change.seq <= last) return;
      if (change.seq !== last + 1) {
        // Above this, the log is read anyhow.
        if (aside.size < ASIDE_LENGTH) aside.set(change.seq, change);
        return;
      }
      append(change);
      appendAside();
    },
    takeLog(changes) {
      const before = last;
      for (const change of changes) if (change.seq > last) append(change);
      if (last > before) appendAside();
    },
    hasGap: () => aside.size > 0,
    grown: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        waiters.push(wake);
      }),
  };
}

/** Where, in changes sorted by their numbers, those after `seq` begin. */
function firstAfter(changes: readonly DeliveryChange[], seq: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.seq ?? Infinity) > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
