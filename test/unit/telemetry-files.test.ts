import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DELIVERY_STATUSES } from '../../src/domain/delivery/delivery-status';
import { REJECT_CODES } from '../../src/domain/errors';
import { makeMetrics } from '../../src/runtime/metrics';

const read = (path: string): string => readFileSync(join(__dirname, '../..', path), 'utf8');
const rules = read('docker/prometheus/warren.rules.yaml');
const operating = read('docs/operating.md');
const dashboard = read('docker/grafana/warren.json');
const exported = makeMetrics()
  .registry.getMetricsAsArray()
  .map(({ name }) => name);

const namesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/\bwarren_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))),
];

it.each([
  ['alerts', rules],
  ['dashboard', dashboard],
])('the %s ask only for metrics that Warren has', (_, text) => {
  expect(namesIn(text).length).toBeGreaterThan(8);
  expect(namesIn(text).filter((name) => !exported.includes(name))).toEqual([]);
});

it('the dashboard shows every metric of Warren', () => {
  const own = exported.filter((name) => name.startsWith('warren_'));
  // Seen by their endpoints and their batches already.
  const besides = [
    ...['warren_batch_items', 'warren_events_routed_total', 'warren_deliveries_created_total'],
    ...['warren_endpoint_oldest_held_seconds', 'warren_audit_unrecorded_total'],
  ];
  expect(own.filter((name) => !namesIn(dashboard).includes(name)).sort()).toEqual(besides.sort());
});

it('each alert has its entry in the runbook, and each entry of the table its alert', () => {
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const anchors = [...rules.matchAll(/runbook: docs\/operating\.md#([\w-]+)/g)].map(([, anchor]) => anchor);
  expect(alerts).toHaveLength(anchors.length);
  expect([...operating.matchAll(/^\| `(Warren\w+)`/gm)].map(([, name]) => name).sort()).toEqual(
    alerts.sort(),
  );
  const headings = [...operating.matchAll(/^### (.+)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
  expect(anchors.filter((anchor) => !headings.includes(anchor ?? ''))).toEqual([]);
});

/** `increase()` does not see how a series comes to be: an alert for the first one would never fire. */
it.each([
  ['warren_deliveries_total', 'status', DELIVERY_STATUSES],
  ['warren_events_rejected_total', 'code', Object.keys(REJECT_CODES)],
])('%s begins at 0 with each %s', async (name, label, values) => {
  const text = await makeMetrics().registry.getSingleMetricAsString(name);
  expect(text.split('\n').filter((line) => line.startsWith(name))).toEqual(
    values.map((value) => `${name}{${label}="${value}"} 0`),
  );
});

const promtool = (...args: string[]) =>
  spawnSync('promtool', args, { cwd: join(__dirname, '../../docker/prometheus'), encoding: 'utf8' });
const tested = read('docker/prometheus/warren.rules.test.yaml');

it('each alert is one of those that the test of the alerts makes fire', () => {
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
  expect(alerts.filter((name) => !tested.includes(`alertname="${name}"`))).toEqual([]);
});

// Where Prometheus' own tool is at hand.
if (promtool('--version').status === 0)
  it('Prometheus takes the configuration, and each alert fires when it should and not before', () => {
    for (const args of [
      ['check', 'config', 'prometheus.yaml'],
      ['test', 'rules', 'warren.rules.test.yaml'],
    ]) {
      const { status, stdout, stderr } = promtool(...args);
      expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
    }
  });
