import type { GateMeasures } from '../../domain/delivery/gate-records';
import type { Metrics } from '../../runtime/metrics';

/**
 * What waits in the gate, as metrics. Only the longest queues have a series of their own, so there are never more than
 * a few; the API tells of every endpoint.
 */
export function showGates(
  metrics: Metrics,
  { byReason, oldestHeldAt, longest }: GateMeasures,
  now: Date,
): void {
  const secondsSince = (at: Date): number => Math.max(0, (now.getTime() - at.getTime()) / 1000);
  metrics.deliveriesHeld.reset();
  for (const { reason, count } of byReason) metrics.deliveriesHeld.set({ reason }, count);
  metrics.oldestHeldSeconds.set(oldestHeldAt ? secondsSince(oldestHeldAt) : 0);
  metrics.endpointDeliveriesHeld.reset();
  metrics.endpointOldestHeldSeconds.reset();
  for (const { endpointId, count, oldestHeldAt: heldAt } of longest) {
    metrics.endpointDeliveriesHeld.set({ endpoint: endpointId }, count);
    metrics.endpointOldestHeldSeconds.set({ endpoint: endpointId }, secondsSince(heldAt));
  }
}
