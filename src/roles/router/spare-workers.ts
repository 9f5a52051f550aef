import { performance, type EventLoopUtilization } from 'node:perf_hooks';

/** Whether a process that routes and delivers should leave deliveries to workers that have less to do. */
export interface SpareWorkers {
  /** Consumers of the queue `deliver`, this process's own among them, as last counted. */
  noteWorkers(count: number): void;
  /** Asked for each event; true for every second one while sharing is of use. */
  shouldTakeNext(): boolean;
}

/** Share of the last second that the event loop was busy, above which a process has more than it can do. */
const SATURATED = 0.8;
const LOOK_MS = 1000;

/**
 * One router at a time takes events, so the other workers get nothing but what is sent to them. Half of the events go
 * over the broker then, which hands them to all workers in turn; not before, because the hop costs more than it spares.
 */
export function makeSpareWorkers(
  utilization: (since?: EventLoopUtilization) => EventLoopUtilization = (since) =>
    performance.eventLoopUtilization(since),
  now: () => number = Date.now,
): SpareWorkers {
  let areThere = false;
  let isSaturated = false;
  let isTheirTurn = false;
  let mark = utilization();
  let markedAtMs = now();

  function look(): void {
    if (now() - markedAtMs < LOOK_MS) return;
    isSaturated = utilization(mark).utilization > SATURATED;
    mark = utilization();
    markedAtMs = now();
  }

  return {
    noteWorkers: (count) => void (areThere = count > 1),
    shouldTakeNext() {
      if (!areThere) return false;
      look();
      if (!isSaturated) return false;
      isTheirTurn = !isTheirTurn;
      return isTheirTurn;
    },
  };
}
