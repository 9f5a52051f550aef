import { DELIVERY_STATUSES, type DeliveryStatus } from '../delivery/delivery-status';
import { addLatencies, type Latencies } from './latencies';

/**
 * What is counted for one endpoint, one tenant or everybody over a stretch of time. Deliveries count when they were
 * received, under the status they have now; attempts and latencies count when the attempt was made.
 */
export interface Tally {
  byStatus: Record<DeliveryStatus, number>;
  attempts: number;
  failed: number;
  /** Received to delivered, of the attempts that delivered something for the first time. */
  latencies: Latencies;
}

/** Whose statistics. */
export type StatsSubject = { endpointId: string } | { tenantId: string } | 'everybody';

export function emptyTally(): Tally {
  return {
    byStatus: { PENDING: 0, RETRYING: 0, HELD: 0, DELIVERED: 0, DEAD_LETTERED: 0, CANCELLED: 0 },
    attempts: 0,
    failed: 0,
    latencies: new Map(),
  };
}

export function addTally(into: Tally, from: Tally): void {
  for (const status of DELIVERY_STATUSES) into.byStatus[status] += from.byStatus[status];
  into.attempts += from.attempts;
  into.failed += from.failed;
  addLatencies(into.latencies, from.latencies);
}

/** True when adding it changes nothing. */
export function isEmptyTally({ byStatus, attempts, latencies }: Tally): boolean {
  return (
    attempts === 0 && latencies.size === 0 && DELIVERY_STATUSES.every((status) => byStatus[status] === 0)
  );
}
