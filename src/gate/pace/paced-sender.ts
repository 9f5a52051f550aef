import { makePace, type Pace } from './pace';

/** Starts work at the endpoint's pace, or at once when it has none. */
export interface PacedSender<Item> {
  send(item: Item): void;
  /** Sent to it and not started yet. */
  waiting(): number;
  /** How many may be sent to it so that each starts within `aheadMs`. */
  room(aheadMs: number): number;
  /** When a slot is free again, in milliseconds from now. */
  nextSlotMs(): number;
  /** Null: no limit. Nothing starts before a whole interval is over when somebody else may have sent just now. */
  setRate(perSecond: number | null, afterSomebodyElse: boolean): void;
  /** Resolves when all that was sent to it has started. */
  drained(): Promise<void>;
}

export function makePacedSender<Item>(
  start: (item: Item) => void,
  /** Monotonic: by a clock that is set back, the next slot would be as far away as it was set back. */
  now: () => number = () => performance.now(),
): PacedSender<Item> {
  const items: Item[] = [];
  let pace: Pace | undefined;
  let rate: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const whenDrained: (() => void)[] = [];

  function startDue(): void {
    timer = undefined;
    while (items.length > 0) {
      if (pace && pace.nextAtMs() > now()) break;
      pace?.take(now());
      const item = items.shift();
      if (item !== undefined) start(item);
    }
    if (items.length === 0) for (const resolve of whenDrained.splice(0)) resolve();
    plan();
  }

  function plan(): void {
    if (timer || items.length === 0) return;
    timer = setTimeout(startDue, Math.max(0, Math.ceil((pace?.nextAtMs() ?? 0) - now())));
  }

  return {
    send(item) {
      items.push(item);
      if (!timer) startDue();
    },
    waiting: () => items.length,
    room: (aheadMs) => {
      if (!pace) return Number.POSITIVE_INFINITY;
      return Math.max(0, pace.slotsBefore(now(), now() + aheadMs) - items.length);
    },
    nextSlotMs: () => Math.max(0, (pace?.nextAtMs() ?? 0) - now()),
    setRate(perSecond, afterSomebodyElse) {
      if (perSecond === rate) return;
      const dueMs = pace?.nextAtMs() ?? 0;
      rate = perSecond;
      pace = perSecond === null ? undefined : makePace(perSecond);
      pace?.notBefore(afterSomebodyElse && perSecond !== null ? now() + 1000 / perSecond : dueMs);
      clearTimeout(timer);
      timer = undefined;
      plan();
    },
    drained: () =>
      items.length === 0 ? Promise.resolve() : new Promise((resolve) => whenDrained.push(resolve)),
  };
}
