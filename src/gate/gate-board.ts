import type { GateNotice } from '../domain/gate-records';
import type { PassingReason } from '../domain/hold-reason';

/**
 * What this process has heard of gates. Knowledge that is old costs one attempt more, or a detour through the gate,
 * never a delivery: what is held wrongly is in the queue and opens the gate again.
 */
export interface GateBoard {
  passingReason(endpointId: string): PassingReason | undefined;
  /** True when somebody is known to own it. */
  hasOwner(endpointId: string): boolean;
  note(notice: GateNotice): void;
  /** Everything that is open: what is not among it is forgotten. */
  replace(notices: readonly GateNotice[]): void;
}

export function makeGateBoard(): GateBoard {
  let known = new Map<string, GateNotice>();
  return {
    passingReason: (endpointId) => known.get(endpointId)?.reason ?? undefined,
    hasOwner: (endpointId) => known.get(endpointId)?.hasOwner ?? false,
    note(notice) {
      if (notice.reason === null) known.delete(notice.endpointId);
      else known.set(notice.endpointId, notice);
    },
    replace(notices) {
      known = new Map(
        notices.filter(({ reason }) => reason !== null).map((notice) => [notice.endpointId, notice]),
      );
    },
  };
}
