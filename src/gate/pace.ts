/**
 * An exact, smooth pace, from two that are kept at once (GCRA without a burst). By the long one there is a slot every
 * interval, and what was missed, because a timer or the database was late, is made up for, if it is not long ago. By
 * the short one slots may follow each other a little faster than that, so that no second has more than 1.1 times the
 * limit while it is made up for.
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
/** What was missed longer ago is lost: who had nothing to send for a while gets no more afterwards. */
const MADE_UP_MS = 1000;
const MOST_FASTER = 0.06;

export function makePace(perSecond: number): Pace {
  const intervalMs = (1000 * MARGIN) / perSecond;
  const { slackMs, faster } = leeway(perSecond, intervalMs);
  const long = makeSlots(intervalMs, MADE_UP_MS);
  const short = makeSlots(intervalMs / (1 + faster), slackMs);
  return {
    nextAtMs: () => Math.max(long.nextAtMs(), short.nextAtMs()),
    slotsBefore: (nowMs, untilMs) =>
      Math.min(long.slotsBefore(nowMs, untilMs), short.slotsBefore(nowMs, untilMs)),
    take(nowMs) {
      long.take(nowMs);
      short.take(nowMs);
    },
    notBefore(atMs) {
      long.notBefore(atMs);
      short.notBefore(atMs);
    },
  };
}

/**
 * A second may have a tenth more than the limit, and has one more when it begins with one. Of what is left, one slot
 * may be taken late and the next on time, one is for the network's jitter, and the rest is there to make up for what
 * was missed. Of a low limit nothing is left.
 */
function leeway(perSecond: number, intervalMs: number): { slackMs: number; faster: number } {
  const left = Math.max(0, perSecond / 10 - 1);
  return {
    slackMs: Math.min(50, Math.max(10, Math.min(1, left) * intervalMs)),
    faster: Math.min(MOST_FASTER, Math.max(0, (left - 2) / perSecond)),
  };
}

/** Slots in a row; one that was missed by no more than `missedMs` can still be taken. */
function makeSlots(intervalMs: number, missedMs: number): Pace {
  let dueMs = 0;
  const startAt = (nowMs: number): number => Math.max(dueMs, nowMs - missedMs);
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
