import { randomBytes } from 'node:crypto';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { KEYS, REGION, startAwsEndpoint, type AwsEndpoint } from '../support/outsiders/aws-endpoint';
import { startKafkaStandIn } from '../support/outsiders/kafka-stand-in';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

const BROKER = new URL(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672');
const NATS = process.env.NATS_URL ?? 'nats://127.0.0.1:4222';
const STREAM = `d-${randomBytes(5).toString('hex')}`;
const brokerUrl = (path: string) => `amqp://127.0.0.1:${BROKER.port || 5672}/%2F/${path}`;
const brokerUser = { type: 'basic', username: BROKER.username, password: BROKER.password };

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let aws: AwsEndpoint;
let nats: NatsConnection;
let streams: JetStreamManager;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  nats = await connect({ servers: NATS });
  aws = await startAwsEndpoint('sqs');
  streams = await jetstreamManager(nats);
  await streams.streams.add({ name: STREAM, subjects: [`${STREAM}.>`] });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
  await aws.close();
  await streams.streams.delete(STREAM);
  await nats.close();
}, 60_000);

async function settled(eventType: string, status: 'DELIVERED' | 'DEAD_LETTERED') {
  await waitUntil(async () => (await acme.deliveries({ types: [eventType] }))[0]?.status === status, 20_000);
  const [delivery] = await acme.deliveries({ types: [eventType] });
  return acme.delivery(delivery?.id ?? '');
}

it('delivers to an exchange of a broker, a CloudEvent in structured mode', async () => {
  const arrived = await warren.stranger.listen('amq.topic', STREAM);
  await acme.endpoint({
    url: `${brokerUrl('amq.topic')}?routingKey=${STREAM}`,
    credentials: brokerUser,
    payloadFormat: 'CLOUDEVENTS',
    eventTypes: ['order.placed'],
  });
  await warren.publish('acme', 'order.placed', { total: 40 });
  const { attempts } = await settled('order.placed', 'DELIVERED');
  expect(attempts).toMatchObject([{ number: 1, ok: true, responseStatus: null, error: null }]);
  await waitUntil(() => arrived.length === 1, 15_000);
  const text = arrived[0]?.content.toString();
  expect(JSON.parse(text ?? '')).toMatchObject({
    specversion: '1.0',
    type: 'order.placed',
    data: { total: 40 },
  });
  expect(attempts[0]?.requestBody).toBe(text);
});

it('delivers to a JetStream stream', async () => {
  await acme.endpoint({ url: `${NATS}/${STREAM}.new`, eventTypes: ['stream.fed'] });
  await warren.publish('acme', 'stream.fed', { n: 1 });
  const { id } = await settled('stream.fed', 'DELIVERED');
  const message = await streams.streams.getMessage(STREAM, { last_by_subj: `${STREAM}.new` });
  expect(message?.header.get('webhook-id')).toBe(id);
  expect(message?.string()).toContain('"data":{"n":1}');
});

it('delivers over HTTP with credentials, which are nowhere to be seen', async () => {
  const token = 'hunter2-hunter2';
  await acme.endpoint({
    url: receiver.url('/api'),
    credentials: { type: 'bearer', token },
    eventTypes: ['api.called'],
  });
  await warren.publish('acme', 'api.called', {});
  const delivery = await settled('api.called', 'DELIVERED');
  expect(receiver.at('/api')[0]?.headers.authorization).toBe(`Bearer ${token}`);
  expect(JSON.stringify([delivery, warren.logLines])).not.toContain(token);
});

it('retries what a broker does not route, and gives up as with any receiver', async () => {
  const url = `${brokerUrl(warren.queue('events'))}-none`;
  await acme.endpoint({ url, credentials: brokerUser, eventTypes: ['lost.event'] });
  await warren.publish('acme', 'lost.event', {});
  const { attempts } = await settled('lost.event', 'DEAD_LETTERED');
  expect(attempts.map(({ error }) => error)).toEqual(['REFUSED', 'REFUSED', 'REFUSED']);
});

it('delivers to a queue of AWS, in the order of a key', async () => {
  const queue = '123456789012/orders.fifo';
  await acme.endpoint({
    url: `sqs+http://${aws.host}/${queue}?region=${REGION}`,
    credentials: { type: 'aws', ...KEYS },
    eventTypes: ['queue.fed'],
  });
  await acme.publish({ type: 'queue.fed', data: { n: 1 }, orderingKey: 'shop-1' });
  const { id, attempts } = await settled('queue.fed', 'DELIVERED');
  expect(attempts).toMatchObject([{ ok: true, responseStatus: null }]);
  expect(JSON.parse(aws.arrivals[0]?.body.toString() ?? '')).toMatchObject({
    MessageBody: attempts[0]?.requestBody,
    MessageGroupId: 'shop-1',
    MessageDeduplicationId: id,
  });
});

it('delivers to a topic of Kafka, a CloudEvent in binary mode under its ordering key', async () => {
  const kafka = await startKafkaStandIn();
  await acme.endpoint({
    url: `kafka://127.0.0.1:${kafka.port}/orders`,
    payloadFormat: 'CLOUDEVENTS',
    eventTypes: ['topic.fed'],
  });
  await acme.publish({ type: 'topic.fed', data: { n: 1 }, orderingKey: 'shop-1' });
  const { attempts, id } = await settled('topic.fed', 'DELIVERED');
  await kafka.close();
  expect(kafka.kept).toMatchObject([
    { key: 'shop-1', value: '{"n":1}', headers: { ce_type: 'topic.fed', 'webhook-id': id } },
  ]);
  expect(attempts).toMatchObject([{ ok: true, requestBody: '{"n":1}' }]);
});

it('shows what it would send, in the form of the destination', async () => {
  const preview = async (endpoint: { url: string } & Record<string, unknown>) => {
    const { id } = await acme.endpoint({ eventTypes: ['none.such'], ...endpoint });
    const { webhookSubscriptionPreview } = await acme.client.ask<{
      webhookSubscriptionPreview: { requests: { headers: Record<string, string>; body: string }[] };
    }>(
      `query ($id: ID!, $sample: JSON) { webhookSubscriptionPreview(
        input: { endpointId: $id, eventTypes: ["order.paid"] }, sample: $sample) {
          requests { headers body } userErrors { message } } }`,
      { id, sample: { type: 'order.paid', data: { n: 1 } } },
    );
    return webhookSubscriptionPreview.requests[0];
  };
  const kafka = await preview({ url: 'kafka://127.0.0.1:9/orders', payloadFormat: 'CLOUDEVENTS' });
  expect(kafka?.body).toBe('{"n":1}');
  expect(kafka?.headers).toMatchObject({ 'ce-specversion': '1.0', 'ce-type': 'order.paid' });
  const posthog = await preview({
    url: 'posthog+http://127.0.0.1:9',
    credentials: { type: 'bearer', token: 'phc_hunter2-hunter2' },
  });
  expect(JSON.parse(posthog?.body ?? '')).toMatchObject({ event: 'order.paid', properties: { n: 1 } });
  const sqs = await preview({
    url: `sqs+http://127.0.0.1:9/123456789012/q?region=${REGION}`,
    credentials: { type: 'aws', ...KEYS },
  });
  expect(sqs?.body).toContain('"data":{"n":1}');
  expect(JSON.stringify([kafka, posthog, sqs])).not.toMatch(/hunter2|planted|AKID/);
});

it('says at once what is wrong with a URL or credentials', async () => {
  const faults = async (input: object) => {
    const { data } = await acme.client.send<{ endpointCreate: { userErrors: unknown[] } }>(
      `mutation ($input: EndpointCreateInput!) { endpointCreate(input: $input) { userErrors { code field message } } }`,
      { input },
    );
    return data?.endpointCreate.userErrors;
  };
  const url = 'sns://sns.eu-west-1.amazonaws.com/arn:aws:sns:us-east-1:123456789012:orders';
  expect(await faults({ url, credentials: { type: 'aws', ...KEYS } })).toEqual([
    { code: 'INVALID', field: ['url'], message: 'the topic is in us-east-1, the host in eu-west-1' },
  ]);
  const topic = 'pubsub://127.0.0.1/projects/acme-shop/topics/orders';
  expect(await faults({ url: topic })).toMatchObject([{ code: 'REQUIRED', field: ['credentials'] }]);
});

it('tests an endpoint of any kind', async () => {
  const test = async (input: { url: string; credentials?: object }) => {
    const { id } = await acme.endpoint({ eventTypes: ['none.such'], ...input });
    const { endpointTest } = await acme.client.ask<{ endpointTest: { attempt: unknown } }>(
      `mutation ($id: ID!) { endpointTest(input: { id: $id }) {
        attempt { ok error errorDetail requestBody } userErrors { message } } }`,
      { id },
    );
    return endpointTest.attempt;
  };
  expect(await test({ url: `${NATS}/${STREAM}.test` })).toMatchObject({ ok: true, error: null });
  expect(await test({ url: `${NATS}/nobody.listens` })).toMatchObject({ ok: false, error: 'UNROUTABLE' });
  const wrong = { ...brokerUser, password: 'hunter2' };
  expect(await test({ url: brokerUrl('x'), credentials: wrong })).toMatchObject({ ok: false, error: 'AUTH' });
  expect(await test({ url: 'slack://127.0.0.1:9/services/x' })).toMatchObject({
    error: 'CONNECTION_REFUSED',
    requestBody: expect.stringContaining('*warren.test*') as string,
  });
  const queue = { url: `sqs+http://${aws.host}/123456789012/orders?region=${REGION}` };
  expect(await test({ ...queue, credentials: { type: 'aws', ...KEYS } })).toMatchObject({ ok: true });
  const unknown = { type: 'aws', ...KEYS, accessKeyId: 'AKIDSTRANGERSTRANGER' };
  expect(await test({ ...queue, credentials: unknown })).toMatchObject({ ok: false, error: 'AUTH' });
  expect(await test({ url: 'kafka://127.0.0.1:9/orders' })).toMatchObject({ error: 'CONNECTION_REFUSED' });
});
