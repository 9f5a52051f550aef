import type { DeliveryStatus } from './delivery-status';
import type { Attempt, Verdict } from './outcome';

/** What a verdict makes of a delivery. */
export const STATUS_AFTER: Record<Verdict['kind'], DeliveryStatus> = {
  delivered: 'DELIVERED',
  retry: 'RETRYING',
  dead: 'DEAD_LETTERED',
  hold: 'HELD',
  cancel: 'CANCELLED',
};

/** How the gate let a delivery go. */
export interface Released {
  ordered: boolean;
  /** By an owner that died, and the gate is shut by now: it is held again where something says so. */
  takenBack?: boolean;
}

/** The outcome of one DeliveryDue, ready to be written. */
export interface OutcomeToRecord {
  deliveryId: string;
  tenantId: string;
  /** The attempt that the message asked for. */
  number: number;
  generation: number;
  /** Undefined when no request was made (the endpoint is gone or on hold). */
  attempt?: Attempt | undefined;
  verdict: Verdict;
  /** Set when the gate let it go: it leaves the queue, unless it keeps its lane busy until its last attempt. */
  released?: Released | undefined;
  /** When a retry is due; set for verdict `retry` only. */
  nextAttemptAt?: Date | undefined;
}

export interface RecordedOutcome {
  /** False when the message was obsolete by then: the attempt is on record, the delivery went another way. */
  applied: boolean;
  /** The delivery's status now. */
  status: DeliveryStatus;
  generation: number;
  /** Place in the tenant's change log; 0 when nothing changed. */
  seq: number;
  /** Set when it was written in one go with its delivery: its change to PENDING, at this time, has the number before. */
  pendingAtMs?: number;
}
