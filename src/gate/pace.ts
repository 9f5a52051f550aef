/**
 * An exact, smooth pace (GCRA without a burst): one slot every interval. A slot that was missed by a little is taken
 * late and the next comes on time, so that timers that fire late do not add up; what was missed by more is lost, so
 * that no second ever has more than its share.
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
/** From here on a second has room for one slot more (1.1 times the limit). */
const MANY_PER_SECOND = 10;

export function makePace(perSecond: number): Pace {
  const intervalMs = (1000 * MARGIN) / perSecond;
  const slackMs = perSecond >= MANY_PER_SECOND ? 50 : 10;
  let dueMs = 0;
  const startAt = (nowMs: number): number => Math.max(dueMs, nowMs - slackMs);
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
