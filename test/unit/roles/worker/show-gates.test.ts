import { makeMetrics } from '../../../../src/runtime/metrics';
import { showGates } from '../../../../src/roles/worker/show-gates';

const now = new Date(1_000_000);
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);

it('shows what waits by reason and of the longest queues, and forgets what waits no longer', async () => {
  const metrics = makeMetrics();
  const longest = [{ endpointId: 'ep_1', count: 7, oldestHeldAt: ago(30) }];
  showGates(metrics, { byReason: [{ reason: 'PAUSED', count: 9 }], oldestHeldAt: ago(40), longest }, now);
  const text = await metrics.registry.metrics();
  expect(text).toContain('warren_deliveries_held{reason="PAUSED"} 9');
  expect(text).toContain('warren_oldest_held_seconds 40');
  expect(text).toContain('warren_endpoint_deliveries_held{endpoint="ep_1"} 7');
  expect(text).toContain('warren_endpoint_oldest_held_seconds{endpoint="ep_1"} 30');

  showGates(metrics, { byReason: [], oldestHeldAt: undefined, longest: [] }, now);
  const later = await metrics.registry.metrics();
  expect(later).not.toMatch(/ep_1|PAUSED/);
  expect(later).toContain('warren_oldest_held_seconds 0');
});
