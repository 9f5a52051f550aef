import type { DeliveryStatus } from './delivery/delivery-status';

export const REPLAY_STATUSES = ['RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED'] as const;
export type ReplayStatus = (typeof REPLAY_STATUSES)[number];

/** Which deliveries a replay sends again. Every condition that is there must hold. */
export interface ReplaySelection {
  deliveryIds?: readonly string[];
  /** With a subscription: its endpoint. */
  endpointId?: string;
  subscriptionId?: string;
  status?: readonly DeliveryStatus[];
  /** Exact event types. */
  types?: readonly string[];
  /** Inclusive; times are of the event's receipt. */
  since?: Date;
  /** Exclusive. */
  until?: Date;
}

/** A replay as people see it. */
export interface Replay {
  id: string;
  tenantId: string;
  status: ReplayStatus;
  selection: ReplaySelection;
  /** Whether events that have no delivery get one. */
  backfills: boolean;
  /** An estimate while it runs, exact afterwards. */
  total: number;
  /** How many of them have been dealt with, those skipped among them. */
  done: number;
  /** Left as they were, because their endpoint or subscription is gone. */
  skipped: number;
  error: string | null;
  /** The API key that asked for it; null: the operator key of the deployment. */
  requestedBy: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** First what has a delivery, then the events that have none. */
export type ReplayPhase = 'deliveries' | 'events';

/** A replay as its runner sees it. */
export interface ReplayJob extends Replay {
  phase: ReplayPhase;
  /** The last id of the phase that was dealt with: a delivery's or an event's. */
  reached: Buffer | null;
  /** The deliveries of the last batch: nobody knows whether they were sent but the runner that sent them. */
  unsent: string[];
  /** The tenant's configuration when it was asked for: the runner must not match with an older one. */
  configVersion: number;
}

/** What one transaction of a replay did. */
export type ReplayStep =
  /** It was cancelled, or another runner has taken it over: leave it alone. */
  | { kind: 'lost' }
  | { kind: 'moved'; moved: ReplayedDelivery[]; reached: Buffer }
  /** Nothing is left of this phase. */
  | { kind: 'phase-ended' };

/** A delivery that a replay has made PENDING, or made at all, and its place in the change log. */
export interface ReplayedDelivery {
  id: string;
  seq: number;
}

/**
 * Without a list of statuses: of deliveries that are named, all that are not on their way already; of a range, what has
 * ended by itself. What waits (HELD, RETRYING) goes on by itself, and what somebody cancelled stays so unless it is
 * asked for.
 */
export function statusesOf({ status, deliveryIds }: ReplaySelection): readonly DeliveryStatus[] {
  if (status) return status;
  return deliveryIds
    ? ['RETRYING', 'HELD', 'DELIVERED', 'DEAD_LETTERED', 'CANCELLED']
    : ['DELIVERED', 'DEAD_LETTERED'];
}

/**
 * True when the selection asks for events that never got a delivery, too: it says where to (an endpoint or a
 * subscription) and since when, and nothing of a status, which only a delivery has.
 */
export function isBackfill({ deliveryIds, endpointId, status, since }: ReplaySelection): boolean {
  return !deliveryIds && endpointId !== undefined && since !== undefined && !status;
}

/**
 * Routers learn of a changed configuration within a second. Until this long after the request, events are routed that
 * a router matched with the older one: a backfill looks at them once they are on record, and up to this time, so that
 * nothing falls between it and what is routed from then on.
 */
export const SEAM_MS = 3000;
