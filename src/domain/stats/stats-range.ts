import { quantileMs, type Latencies } from './latencies';
import { addTally, emptyTally, type Tally } from './tally';

/** Minutes since the epoch. Statistics are kept by the minute for two days and by the hour for longer. */
export type Minute = number;

export const MINUTE_MS = 60_000;
const MINUTES_PER_HOUR = 60;
const EXACT_MINUTES = 48 * MINUTES_PER_HOUR;

export const minuteOf = (atMs: number): Minute => Math.floor(atMs / MINUTE_MS);
export const hourOf = (minute: Minute): Minute => minute - (minute % MINUTES_PER_HOUR);
const hourNotBefore = (minute: Minute): Minute => hourOf(minute + MINUTES_PER_HOUR - 1);

/** From here on statistics are known to the minute: a full hour, 48 to 49 hours ago. */
export const exactSince = (now: Date): Minute => hourOf(minuteOf(now.getTime()) - EXACT_MINUTES);

/** What can be counted exactly of a time range: whole minutes, and before `exact` whole hours. */
export interface StatsRange {
  /** As it was asked for. */
  since: Date;
  until: Date;
  from: Minute;
  /** The first minute that does not count. */
  end: Minute;
  exact: Minute;
}

/** Rounded outwards, so that nothing that was asked for is missing. Without `until`: up to and including this minute. */
export function statsRange(since: Date, until: Date | undefined, now: Date): StatsRange {
  const exact = exactSince(now);
  const from = minuteOf(since.getTime());
  const last = until ?? new Date(Math.max(now.getTime(), since.getTime()) + 1);
  const end = Math.ceil(last.getTime() / MINUTE_MS);
  return {
    since,
    until: last,
    from: from < exact ? hourOf(from) : from,
    end: end < exact ? hourNotBefore(end) : end,
    exact,
  };
}

export interface Stretch {
  unit: 'minute' | 'hour';
  from: Minute;
  end: Minute;
}

/** The fewest rows that add up to the range: hours, and minutes at its ends only. */
export function stretchesOf({ from, end }: StatsRange): Stretch[] {
  const firstHour = hourNotBefore(from);
  const endHour = hourOf(end);
  if (firstHour >= endHour) return [{ unit: 'minute', from, end }];
  const stretches: Stretch[] = [
    { unit: 'minute', from, end: firstHour },
    { unit: 'hour', from: firstHour, end: endHour },
    { unit: 'minute', from: endHour, end },
  ];
  return stretches.filter((stretch) => stretch.from < stretch.end);
}

/** The finest rows there are of the range. */
export function finestStretchesOf({ from, end, exact }: StatsRange): Stretch[] {
  const stretches: Stretch[] = [
    { unit: 'hour', from, end: Math.min(exact, end) },
    { unit: 'minute', from: Math.max(exact, from), end },
  ];
  return stretches.filter((stretch) => stretch.from < stretch.end);
}

/** A minute or an hour, by the minute that it begins at. */
export interface StatsPoint {
  at: Minute;
  tally: Tally;
}

export interface StatsBucket {
  at: Date;
  attempts: number;
  failed: number;
  latencies: Latencies;
}

/**
 * Cuts the range into equal parts. A part takes the minutes (before `exact`: hours) that begin in it, and the first one
 * also the minute that the range begins in; so the parts add up to the whole.
 */
export function cutIntoBuckets(
  range: Pick<StatsRange, 'since' | 'until'>,
  points: readonly StatsPoint[],
  count: number,
): StatsBucket[] {
  const startMs = range.since.getTime();
  const widthMs = (range.until.getTime() - startMs) / count;
  const tallies = Array.from({ length: count }, emptyTally);
  for (const { at, tally } of points) {
    const index = Math.floor((at * MINUTE_MS - startMs) / widthMs);
    const into = tallies[Math.min(Math.max(index, 0), count - 1)];
    if (into) addTally(into, tally);
  }
  return tallies.map(({ attempts, failed, latencies }, index) => ({
    at: new Date(startMs + Math.floor(index * widthMs)),
    attempts,
    failed,
    latencies,
  }));
}

/** Shares of a whole that may be nothing: without settled deliveries all is well, without attempts none has failed. */
export function ratesOf({ byStatus, attempts, failed }: Tally): {
  confirmationRate: number;
  failureRate: number;
} {
  const settled = byStatus.DELIVERED + byStatus.DEAD_LETTERED;
  return {
    confirmationRate: settled === 0 ? 1 : byStatus.DELIVERED / settled,
    failureRate: attempts === 0 ? 0 : failed / attempts,
  };
}

export const PERCENTILES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
export const percentileOf = (latencies: Latencies, which: keyof typeof PERCENTILES): number | null =>
  quantileMs(latencies, PERCENTILES[which]);
