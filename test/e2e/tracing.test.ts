import { makeGraphqlClient } from '../support/graphql-client';
import { startOtlpCollector, type OtlpCollector, type SeenSpan } from '../support/outsiders/otlp-collector';
import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

let warren: WarrenUnderTest;
let graphqlUrl: string;
let receiver: Receiver;
let collector: OtlpCollector;
let acme: TenantUnderTest;

beforeAll(async () => {
  collector = await startOtlpCollector();
  warren = await deployWarren({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    // OpenTelemetry's own: milliseconds until a batch is sent.
    OTEL_BSP_SCHEDULE_DELAY: '100',
    WARREN_RETRY_SCHEDULE: '1',
  });
  // A process of its own: what traces is loaded as it is in production.
  graphqlUrl = `${(await warren.spawn()).url}/graphql`;
  receiver = await startReceiver();
  receiver.answer(({ path, attempt }) => ({
    status: path.startsWith('/flaky') && attempt === 1 ? 500 : 204,
  }));
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await Promise.all([receiver.close(), collector.close()]);
}, 60_000);

async function arrivalsAt(path: string, count: number): Promise<Arrival[]> {
  await waitUntil(() => receiver.at(path).length >= count);
  return receiver.at(path);
}

const spansOf = (traceId: string): SeenSpan[] => collector.spans.filter((span) => span.traceId === traceId);
const traceOf = ({ headers }: Arrival): string[] => String(headers.traceparent).split('-');

it('one event is one trace: the publish, the routing, each attempt; a retry is linked to the attempt before', async () => {
  await acme.endpoint({ url: receiver.url('/flaky?token=of-acme'), eventTypes: ['order.placed'] });
  await makeGraphqlClient(graphqlUrl, acme.key, { traceparent: `00-${TRACE}-${CALLER}-01` }).ask(
    'mutation { eventPublish(input: { type: "order.placed", data: {} }) { eventId } }',
  );
  const arrivals = await arrivalsAt('/flaky?token=of-acme', 2);
  await waitUntil(() => spansOf(TRACE).length === 4, 15_000);

  const [publish, routing] = ['send', 'process'].map((name) =>
    spansOf(TRACE).find((span) => span.name === `${name} ${warren.namespace}.events`),
  );
  const [first, second] = spansOf(TRACE)
    .filter(({ name }) => name === 'POST')
    .sort((a, b) => Number(a.attributes['warren.attempt']) - Number(b.attributes['warren.attempt']));
  expect([publish?.kind, routing?.kind, first?.kind]).toEqual([4, 5, 3]);
  expect(publish?.parentSpanId).toBe(CALLER);
  expect(routing?.parentSpanId).toBe(publish?.spanId);
  expect([first?.parentSpanId, second?.parentSpanId]).toEqual([routing?.spanId, routing?.spanId]);
  expect([first?.links, second?.links]).toEqual([[], [first?.spanId]]);
  // What the receiver traces is caused by the attempt that reached it.
  expect(arrivals.map((arrival) => traceOf(arrival).slice(1, 3))).toEqual([
    [TRACE, first?.spanId],
    [TRACE, second?.spanId],
  ]);

  expect(routing?.attributes).toMatchObject({
    'messaging.system': 'rabbitmq',
    'messaging.operation.type': 'process',
    'messaging.rabbitmq.destination.routing_key': 'order.placed',
  });
  expect(first).toMatchObject({
    isError: true,
    attributes: {
      'http.request.method': 'POST',
      'http.response.status_code': 500,
      'error.type': '500',
      'server.address': '127.0.0.1',
      'warren.delivery.id': arrivals[0]?.id,
      'warren.verdict': 'retry',
    },
  });
  expect(second).toMatchObject({ isError: false, attributes: { 'http.request.resend_count': 1 } });
  expect(collector.resources[0]).toMatchObject({ 'service.name': 'warren' });
});

it('nothing of what may be a secret is in a span', () => {
  expect(collector.spans.length).toBeGreaterThan(0);
  expect(collector.raw()).not.toMatch(/of-acme|\/flaky|whsec_|wrn_/);
});

it('a publisher that is not sampled makes no spans, and its trace goes on to the receiver all the same', async () => {
  const quiet = TRACE.replace('0', '1');
  await acme.endpoint({ url: receiver.url('/quiet'), eventTypes: ['order.quiet'] });
  const headers = { tenant: 'acme', traceparent: `00-${quiet}-${CALLER}-00` };
  await warren.stranger.publish(warren.queue('events'), 'order.quiet', '{}', { headers });
  const [arrival] = await arrivalsAt('/quiet', 1);
  expect(traceOf(arrival as Arrival)).toEqual(['00', quiet, expect.stringMatching(/^[0-9a-f]{16}$/), '00']);
  // One that is sampled comes after it, so that the collector has all that there would be.
  const { eventId } = await acme.publish({ type: 'order.quiet' });
  await waitUntil(
    () => collector.spans.some((span) => span.attributes['warren.event.id'] === eventId),
    15_000,
  );
  expect(spansOf(quiet)).toEqual([]);
});

it('a collector that is gone keeps nothing from arriving', async () => {
  await collector.close();
  await acme.endpoint({ url: receiver.url('/untraced'), eventTypes: ['order.untraced'] });
  await acme.publish({ type: 'order.untraced' });
  await arrivalsAt('/untraced', 1);
});
