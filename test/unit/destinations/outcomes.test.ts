import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Destinations } from '../../../src/destinations/destinations';
import { verdictOf, type Answer, type Verdict } from '../../../src/domain/delivery/outcome';
import type { TunnelAnswer } from '../../../src/domain/tunnel';
import { KEYS, REGION, startAwsEndpoint, type AwsEndpoint } from '../../support/outsiders/aws-endpoint';
import { makeCertificate } from '../../support/outsiders/certificate';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startGoogleEndpoint, type GoogleEndpoint } from '../../support/outsiders/google-endpoint';
import { startKafkaStandIn, type KafkaStandIn } from '../../support/outsiders/kafka-stand-in';
import { startReceiver, type Receiver, type Reply } from '../../support/outsiders/receiver';

/** What the other side's failures mean for a delivery: the same three things, whatever carries it. */
const AGAIN: Verdict = { kind: 'retry', delaySeconds: 5 };
const GONE: Verdict = { kind: 'dead', endpointGone: true };
const waits = (askedSeconds: number): Verdict => ({ kind: 'hold', because: 'RETRY_AFTER', askedSeconds });

const { cert, key } = makeCertificate({ names: ['127.0.0.1'] });
const PASSWORD = 'the-right-one';

let destinations: Destinations;
let receiver: Receiver;
let slack: Server;
let slackReply: Reply = {};
let tunnelAnswer: TunnelAnswer | 'nobody' | 'late' = 'nobody';
let aws: Record<'sqs' | 'sns' | 'events', AwsEndpoint>;
let google: GoogleEndpoint;
let kafka: KafkaStandIn;

beforeAll(async () => {
  destinations = openDestinations({
    certificateAuthorities: [cert],
    askTunnel: () => Promise.resolve(tunnelAnswer),
  });
  receiver = await startReceiver();
  slack = createServer({ cert, key }, (request, response) => {
    request.resume();
    response.writeHead(slackReply.status ?? 200, slackReply.headers).end(slackReply.body);
  }).listen(0, '127.0.0.1');
  await once(slack, 'listening');
  const [sqs, sns, events] = await Promise.all([
    startAwsEndpoint('sqs'),
    startAwsEndpoint('sns'),
    startAwsEndpoint('events'),
  ]);
  aws = { sqs, sns, events };
  google = await startGoogleEndpoint();
  kafka = await startKafkaStandIn({ password: PASSWORD });
});
afterAll(async () => {
  await destinations.close();
  slack.close();
  await Promise.all([...Object.values(aws), receiver, google, kafka].map((one) => one.close()));
});

const send = (url: string, credentials: Record<string, string> | null = null): Promise<Answer> =>
  destinations.send(makeDestinationRequest(url, { credentials: credentials as never }));
const retryAfter = { 'retry-after': '7' };

async function toHttp(scheme: 'http' | 'posthog+http', reply: Reply): Promise<Answer> {
  receiver.answer(() => reply);
  const url = receiver.url('').replace('http', scheme);
  return send(url, scheme === 'http' ? null : { type: 'bearer', token: 'phc_x' });
}
async function toSlack(reply: Reply): Promise<Answer> {
  slackReply = reply;
  return send(`slack://127.0.0.1:${(slack.address() as AddressInfo).port}/services/T/B/x`);
}
async function toAws(service: keyof typeof aws, status: number, code: string): Promise<Answer> {
  const endpoint = aws[service];
  endpoint.refuse({ status, code, message: 'So it is.' });
  const [scheme, path] = {
    sqs: ['sqs', '123456789012/orders'],
    sns: ['sns', `arn:aws:sns:${REGION}:123456789012:orders`],
    events: ['eventbridge', 'orders'],
  }[service];
  return send(`${scheme}+http://${endpoint.host}/${path}?region=${REGION}`, { type: 'aws', ...KEYS });
}
async function toGoogle(status: number, code: string): Promise<Answer> {
  google.refuse({ status, code, message: 'So it is.' });
  return send(`pubsub+http://${google.host}/projects/acme-shop/topics/orders`, google.serviceAccount);
}
const toKafka = (topic: string, password: string): Promise<Answer> =>
  send(`kafka://127.0.0.1:${kafka.port}/${topic}`, {
    ...{ type: 'sasl', mechanism: 'plain', username: 'warren', password },
  });
async function toTunnel(answer: typeof tunnelAnswer): Promise<Answer> {
  tunnelAnswer = answer;
  return send('tunnel:0');
}
const response = (status: number, headers = {}) => ({ status, headers, body: Buffer.alloc(0) });

it.each<[string, string, Verdict, () => Promise<Answer>]>([
  ['HTTP that breaks', 'HTTP_500', AGAIN, () => toHttp('http', { status: 500 })],
  ['HTTP that is not there', 'CONNECTION_REFUSED', AGAIN, () => send('http://127.0.0.1:9')],
  [
    'HTTP that asks for time',
    'HTTP_429',
    waits(7),
    () => toHttp('http', { status: 429, headers: retryAfter }),
  ],
  ['HTTP that is gone', 'HTTP_410', GONE, () => toHttp('http', { status: 410 })],

  ['Slack without such a webhook', 'HTTP_404', AGAIN, () => toSlack({ status: 404, body: 'no_service' })],
  ['Slack at its limit', 'HTTP_429', waits(7), () => toSlack({ status: 429, headers: retryAfter })],
  ['a channel of Slack that is archived', 'HTTP_410', GONE, () => toSlack({ status: 410 })],

  ['PostHog with another key', 'AUTH', AGAIN, () => toHttp('posthog+http', { status: 401 })],
  ['PostHog that does not take it', 'HTTP_400', AGAIN, () => toHttp('posthog+http', { status: 400 })],
  [
    'PostHog at its quota',
    'REFUSED',
    AGAIN,
    () => toHttp('posthog+http', { status: 200, body: '{"quota_limited":["events"]}' }),
  ],
  [
    'PostHog that asks for time',
    'HTTP_503',
    waits(7),
    () => toHttp('posthog+http', { status: 503, headers: retryAfter }),
  ],

  ['SQS without such a queue', 'UNROUTABLE', AGAIN, () => toAws('sqs', 400, 'QueueDoesNotExist')],
  ['SQS that breaks', 'REFUSED', AGAIN, () => toAws('sqs', 500, 'InternalError')],
  ['SQS at its limit', 'THROTTLED', waits(5), () => toAws('sqs', 400, 'RequestThrottled')],
  ['SNS that does not let us', 'AUTH', AGAIN, () => toAws('sns', 403, 'AuthorizationError')],
  ['SNS at its limit', 'THROTTLED', waits(5), () => toAws('sns', 429, 'Throttled')],
  [
    'EventBridge without such a bus',
    'UNROUTABLE',
    AGAIN,
    () => toAws('events', 400, 'ResourceNotFoundException'),
  ],
  ['EventBridge at its limit', 'THROTTLED', waits(5), () => toAws('events', 200, 'ThrottlingException')],

  ['Pub/Sub without such a topic', 'UNROUTABLE', AGAIN, () => toGoogle(404, 'NOT_FOUND')],
  ['Pub/Sub that does not let us', 'AUTH', AGAIN, () => toGoogle(403, 'PERMISSION_DENIED')],
  ['Pub/Sub that breaks', 'HTTP_500', AGAIN, () => toGoogle(500, 'INTERNAL')],
  ['Pub/Sub at its limit', 'THROTTLED', waits(5), () => toGoogle(429, 'RESOURCE_EXHAUSTED')],

  ['Kafka without such a topic', 'UNROUTABLE', AGAIN, () => toKafka('missing', PASSWORD)],
  ['Kafka that does not let us', 'AUTH', AGAIN, () => toKafka('orders', 'a-wrong-one')],
  ['Kafka that is not there', 'CONNECTION_REFUSED', AGAIN, () => send('kafka://127.0.0.1:9/orders')],

  [
    'AMQP that is not there',
    'CONNECTION_REFUSED',
    AGAIN,
    () => send('amqp://127.0.0.1:9/%2F/x', { type: 'basic', username: 'u', password: 'p' }),
  ],
  ['NATS that is not there', 'CONNECTION_REFUSED', AGAIN, () => send('nats://127.0.0.1:9/orders')],

  ['a tunnel without a listener', 'UNROUTABLE', AGAIN, () => toTunnel('nobody')],
  ['a tunnel too slow', 'TIMEOUT', AGAIN, () => toTunnel('late')],
  [
    'a receiver behind a tunnel that is gone',
    'HTTP_410',
    GONE,
    () => toTunnel({ durationMs: 1, response: response(410) }),
  ],
  [
    'a receiver behind a tunnel that asks for time',
    'HTTP_429',
    waits(7),
    () => toTunnel({ durationMs: 1, response: response(429, retryAfter) }),
  ],
])('%s is %s: %j', async (_who, error, verdict, sending) => {
  const answer = await sending();
  expect(answer.error).toBe(error);
  expect(verdictOf(answer, 0, [5])).toEqual(verdict);
});
