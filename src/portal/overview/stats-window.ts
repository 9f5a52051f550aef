export interface StatsWindow {
  since: string;
  until: string;
  buckets: number;
}

/**
 * At least the time up to now, in whole steps of the clock: bars begin at round times and are equally wide, but for the last one,
 * which still grows. Cut from any other moment, the first bar would be of a minute more than the others.
 */
export function statsWindow(nowMs: number, rangeMs: number, stepMs: number): StatsWindow {
  const sinceMs = Math.floor((nowMs - rangeMs) / stepMs) * stepMs;
  // Beyond this moment, even where it is itself a round one.
  const untilMs = (Math.floor(nowMs / stepMs) + 1) * stepMs;
  return {
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    buckets: (untilMs - sinceMs) / stepMs,
  };
}
