/**
 * An exact, smooth pace, from three bounds that are kept at once. By the long run there is a slot every interval, and
 * what was missed, because a timer or the database was late, is made up for, if it is not long ago. By the short run
 * slots follow each other no faster than half as fast again meanwhile. And no second has more than its share.
 */
export interface Pace {
  /** When the next slot begins, in milliseconds; in the past when it is now. */
  nextAtMs(): number;
  /** How many slots there are before `untilMs`. */
  slotsBefore(nowMs: number, untilMs: number): number;
  take(nowMs: number): void;
  /** Nothing before `atMs`. */
  notBefore(atMs: number): void;
}

/** Timers and networks jitter; a percent less than the limit keeps each second below it. */
const MARGIN = 1.01;
/** When more was missed, all of it is lost: who had nothing to send for a while gets no more afterwards. */
const MADE_UP_MS = 1000;
const FASTER = 1.5;
/** Timers are late by so much all the time. */
const SLACK_MS = 10;

export function makePace(perSecond: number): Pace {
  const intervalMs = (1000 * MARGIN) / perSecond;
  const bounds = [
    makeSlots(intervalMs, MADE_UP_MS),
    makeSlots(intervalMs / FASTER, SLACK_MS),
    makeWindow(mostInASecond(perSecond)),
  ];
  return {
    nextAtMs: () => Math.max(...bounds.map((bound) => bound.nextAtMs())),
    slotsBefore: (nowMs, untilMs) => Math.min(...bounds.map((bound) => bound.slotsBefore(nowMs, untilMs))),
    take(nowMs) {
      for (const bound of bounds) bound.take(nowMs);
    },
    notBefore(atMs) {
      for (const bound of bounds) bound.notBefore(atMs);
    },
  };
}

/** A tenth more than the limit, less what the network may move from one second into the next. */
const mostInASecond = (perSecond: number): number =>
  Math.max(Math.ceil(perSecond), Math.floor(1.1 * perSecond - Math.min(3, perSecond / 20)));

/** No more than `most` in any second. */
function makeWindow(most: number): Pace {
  /** When the last ones were taken, in a ring: the next takes the place of the oldest. */
  const takenMs: number[] = Array.from({ length: most }, () => Number.NEGATIVE_INFINITY);
  let oldest = 0;
  const nextAtMs = (): number => (takenMs[oldest] ?? 0) + 1000;
  return {
    nextAtMs,
    slotsBefore: (_nowMs, untilMs) => takenMs.filter((atMs) => atMs + 1000 <= untilMs).length,
    take(nowMs) {
      takenMs[oldest] = nowMs;
      oldest = (oldest + 1) % most;
    },
    notBefore: () => undefined,
  };
}

/** Slots in a row; what was missed can still be taken, unless it is more than `missedMs`: then they begin anew. */
function makeSlots(intervalMs: number, missedMs: number): Pace {
  let dueMs = 0;
  const startAt = (nowMs: number): number => (nowMs - dueMs > missedMs ? nowMs : dueMs);
  return {
    nextAtMs: () => dueMs,
    slotsBefore(nowMs, untilMs) {
      const first = startAt(nowMs);
      return first > untilMs ? 0 : Math.floor((untilMs - first) / intervalMs) + 1;
    },
    take(nowMs) {
      dueMs = startAt(nowMs) + intervalMs;
    },
    notBefore(atMs) {
      dueMs = Math.max(dueMs, atMs);
    },
  };
}
