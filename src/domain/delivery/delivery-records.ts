import type { DeliveryStatus } from './delivery-status';
import type { Delivery } from '../nouns';

/** The little of a delivery's row that says whether a message about it still counts. */
export interface DeliveryState {
  status: DeliveryStatus;
  attemptCount: number;
  generation: number;
  lastError: string | null;
  nextAttemptAt: Date | null;
}

/** A delivery moved by hand, and its place in the change log. */
export interface MovedDelivery {
  delivery: Delivery;
  seq: number;
}

export type MoveResult =
  | { kind: 'moved'; moved: MovedDelivery }
  | { kind: 'not-found' }
  | { kind: 'refused'; status: DeliveryStatus }
  /** Its endpoint was deleted: there is nowhere to send it. */
  | { kind: 'endpoint-gone' };

/** What a DeliveryDue needs besides the delivery: the event as it is on record. */
export interface DueMaterial {
  delivery: Delivery;
  tenantSlug: string;
  configVersion: number;
  version: number;
  occurredAt: Date;
  traceparent: string | null;
  data: Buffer;
}
