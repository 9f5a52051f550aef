import type { GateNotice } from '../domain/delivery/gate-records';
import { LRUCache } from 'lru-cache';
import type { PassingReason } from '../domain/delivery/hold-reason';

/**
 * What this process has heard of gates. Knowledge that is old costs one attempt more, or a detour through the gate,
 * never a delivery: what is held wrongly is in the queue and opens the gate again.
 */
export interface GateBoard {
  passingReason(endpointId: string): PassingReason | undefined;
  /** True when somebody is known to own it. */
  hasOwner(endpointId: string): boolean;
  note(notice: GateNotice): void;
  /** Some of it was held for OVERFLOW: for a moment all that comes is, without a look at anybody's window. */
  overflowed(endpointId: string): void;
  /** Everything that is open: what is not among it is forgotten. */
  replace(notices: readonly GateNotice[]): void;
}

const MOST_OVERFLOWING = 10_000;
/** A moment in which the window was full passes; what came in it is let go at its own pace. */
const OVERFLOW_MS = 1000;

const isWorthKnowing = ({ reason, hasOwner }: GateNotice): boolean => reason !== null || hasOwner;

export function makeGateBoard(): GateBoard {
  let known = new Map<string, GateNotice>();
  const overflowing = new LRUCache<string, true>({ max: MOST_OVERFLOWING, ttl: OVERFLOW_MS });
  return {
    passingReason: (endpointId) =>
      known.get(endpointId)?.reason ?? (overflowing.has(endpointId) ? 'OVERFLOW' : undefined),
    hasOwner: (endpointId) => known.get(endpointId)?.hasOwner ?? false,
    note(notice) {
      if (isWorthKnowing(notice)) known.set(notice.endpointId, notice);
      else known.delete(notice.endpointId);
    },
    overflowed: (endpointId) => void overflowing.set(endpointId, true),
    replace(notices) {
      known = new Map(notices.filter(isWorthKnowing).map((notice) => [notice.endpointId, notice]));
    },
  };
}
