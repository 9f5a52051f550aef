import type { Destinations } from '../../../src/destinations/destinations';
import { binaryCloudEvent } from '../../../src/destinations/binary-cloud-event';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startKafkaCluster, type KafkaCluster } from '../../support/kafka-cluster';
import { waitUntil } from '../../support/wait-until';

let cluster: KafkaCluster;
let destinations: Destinations;

beforeAll(async () => {
  cluster = await startKafkaCluster();
  destinations = openDestinations();
}, 60_000);
afterAll(async () => {
  await destinations.close();
  await cluster.close();
});

const url = (topic = 'orders') => `kafka://127.0.0.1:${cluster.port}/${topic}`;
const found = (id: string | undefined) =>
  cluster.messages.find(({ headers }) => headers['webhook-id'] === id);

it('publishes a message with the headers of a webhook, which another client reads', async () => {
  const request = makeDestinationRequest(url());
  expect(await destinations.send(request)).toEqual({ durationMs: expect.any(Number) as number });
  const id = request.headers['webhook-id'];
  await waitUntil(() => found(id) !== undefined, 15_000);
  expect(found(id)).toMatchObject({
    key: null,
    value: request.body.toString(),
    headers: { ...request.headers },
  });
});

it('keeps the events of one ordering key in one partition, in their order', async () => {
  const endpointId = 'ep_1';
  const ids: (string | undefined)[] = [];
  for (let n = 0; n < 8; n++) {
    const request = makeDestinationRequest(url(), { endpointId, orderingKey: 'shop-1' });
    ids.push(request.headers['webhook-id']);
    expect((await destinations.send(request)).error).toBeUndefined();
  }
  const keyed = () => cluster.messages.filter(({ key }) => key === 'shop-1');
  await waitUntil(() => keyed().length === ids.length, 15_000);
  expect(new Set(keyed().map(({ partition }) => partition)).size).toBe(1);
  expect(keyed().map(({ headers }) => headers['webhook-id'])).toEqual(ids);
});

it('publishes a CloudEvent in binary mode, by the names of the Kafka binding', async () => {
  const event = {
    ...{ id: 'evt_1', type: 'order.placed', version: 1, tenantSlug: 'acme' },
    ...{ occurredAt: new Date('2026-01-02T03:04:05.678Z'), data: Buffer.from('{"n":1}') },
  };
  const { body, headers = {} } = binaryCloudEvent(event);
  const request = makeDestinationRequest(url(), { body, headers });
  await destinations.send(request);
  await waitUntil(() => found(request.headers['webhook-id']) !== undefined, 15_000);
  expect(found(request.headers['webhook-id'])).toMatchObject({
    value: '{"n":1}',
    headers: {
      ce_specversion: '1.0',
      ce_id: 'evt_1',
      ce_source: '/warren/acme',
      ce_type: 'order.placed',
      ce_time: '2026-01-02T03:04:05.678Z',
      'content-type': 'application/json',
    },
  });
});

it('takes many at once over one connection, each once', async () => {
  const before = cluster.messages.length;
  const endpointId = 'ep_2';
  const requests = Array.from({ length: 50 }, () => makeDestinationRequest(url(), { endpointId }));
  const answers = await Promise.all(requests.map((request) => destinations.send(request)));
  expect(answers.filter(({ error }) => error !== undefined)).toEqual([]);
  await waitUntil(() => cluster.messages.length >= before + 50, 15_000);
  const ids = cluster.messages.slice(before).map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids)).toEqual(new Set(requests.map(({ headers }) => headers['webhook-id'])));
  expect(ids).toHaveLength(50);
});

it('fails when there is no such topic, or nobody listens', async () => {
  expect(await destinations.send(makeDestinationRequest(url('nowhere')))).toMatchObject({
    error: 'UNROUTABLE',
  });
  const closed = await destinations.send(makeDestinationRequest('kafka://127.0.0.1:9/orders'));
  expect(closed.error).toBe('CONNECTION_REFUSED');
});
