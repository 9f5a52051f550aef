import { performance, type EventLoopUtilization } from 'node:perf_hooks';

/** Whether a process that routes and delivers should leave deliveries to workers that have less to do. */
export interface SpareWorkers {
  /** Consumers of the queues `deliver` and `route`, this process's own among them, as last counted. */
  note(counts: { deliver: number; route: number }): void;
  /** Asked for each event; true for every second one while sharing is of use. */
  shouldTakeNext(): boolean;
}

/** Share of the last second that the event loop was busy, above which a process has more than it can do. */
const SATURATED = 0.8;
const LOOK_MS = 1000;

/**
 * Processes that have both roles share the queue `route` evenly already: between them the hop over the broker would only
 * cost. Workers beyond those can get nothing but what is sent to them.
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
    note: ({ deliver, route }) => void (areThere = deliver > route),
    shouldTakeNext() {
      if (!areThere) return false;
      look();
      if (!isSaturated) return false;
      isTheirTurn = !isTheirTurn;
      return isTheirTurn;
    },
  };
}
