import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  connect as connectTo,
  createServer as createTcpServer,
  type AddressInfo,
  type Socket,
} from 'node:net';
import { createServer } from 'node:tls';
import { connect, type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import type { Destinations } from '../../../src/destinations/destinations';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { verdictOf } from '../../../src/domain/delivery/outcome';
import { makeCertificate } from '../../support/outsiders/certificate';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startTcpProxy } from '../../support/outsiders/tcp-proxy';
import { waitUntil } from '../../support/wait-until';

const BROKER = new URL(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672');
const NAME = `d-${randomBytes(5).toString('hex')}`;
const credentials = { type: 'basic', username: BROKER.username, password: BROKER.password };
const at = (path: string, port: string | number = BROKER.port || 5672) =>
  `amqp://127.0.0.1:${port}/%2F/${path}`;

let model: ChannelModel;
let channel: Channel;
let destinations: Destinations;

beforeAll(async () => {
  destinations = openDestinations();
  model = await connect(BROKER.toString());
  channel = await model.createChannel();
  await channel.assertExchange(NAME, 'topic', { autoDelete: true });
  await channel.assertQueue(NAME, { exclusive: true });
  await channel.bindQueue(NAME, NAME, 'order.#');
});
afterAll(async () => {
  await destinations.close();
  await model.close();
});

async function take(): Promise<GetMessage> {
  let message: GetMessage | false = false;
  await waitUntil(async () => (message = await channel.get(NAME, { noAck: true })) !== false, 15_000);
  return message as unknown as GetMessage;
}

it('publishes persistently, by the event type, with the headers of a webhook', async () => {
  const request = makeDestinationRequest(at(NAME), { credentials });
  expect(await destinations.send(request)).toEqual({ durationMs: expect.any(Number) as number });
  const { fields, properties, content } = await take();
  expect(fields).toMatchObject({ exchange: NAME, routingKey: 'order.placed' });
  expect(properties).toMatchObject({
    contentType: 'application/json',
    deliveryMode: 2,
    messageId: request.headers['webhook-id'],
    type: 'order.placed',
    timestamp: 1_790_000_000,
    headers: { 'webhook-signature': 'v1,c2ln', 'webhook-id': request.headers['webhook-id'] },
  });
  expect(content.equals(request.body)).toBe(true);
});

it('publishes to the default exchange, and by the routing key of the URL', async () => {
  await destinations.send(makeDestinationRequest(at(`?routingKey=${NAME}`), { credentials }));
  expect((await take()).fields).toMatchObject({ exchange: '', routingKey: NAME });
});

it('takes many at once over one connection', async () => {
  const { endpointId } = makeDestinationRequest(at(NAME));
  const send = () => destinations.send(makeDestinationRequest(at(NAME), { credentials, endpointId }));
  const answers = await Promise.all(Array.from({ length: 50 }, send));
  expect(answers.filter(({ error }) => error !== undefined)).toEqual([]);
  for (let n = 0; n < 50; n++) await take();
});

it('answers both when one delivery is sent twice at once', async () => {
  const request = makeDestinationRequest(at(NAME), { credentials });
  const answers = await Promise.all([destinations.send(request), destinations.send(request)]);
  expect(answers.map(({ error }) => error)).toEqual([undefined, undefined]);
  for (let n = 0; n < 2; n++) await take();
});

it.each([
  ['no queue takes it', at(`${NAME}?routingKey=nobody`), credentials, 'UNROUTABLE', 'NO_ROUTE'],
  ['the exchange is missing', at(`${NAME}-none`), credentials, 'REFUSED', 'no exchange'],
  ['the vhost is missing', at('x').replace('%2F', 'no-such'), credentials, 'AUTH', 'refused the vhost'],
  ['the password is wrong', at(NAME), { ...credentials, password: 'hunter-2' }, 'AUTH', 'refused'],
  ['nobody listens', at(NAME, 9), credentials, 'CONNECTION_REFUSED', 'ECONNREFUSED'],
])('fails when %s', async (_why, url, given, error, detail) => {
  const answer = await destinations.send(makeDestinationRequest(url, { credentials: given }));
  expect(answer).toMatchObject({ error, errorDetail: expect.stringContaining(detail) as string });
  expect(answer.errorDetail).not.toContain('hunter-2');
});

it('waits while the broker is blocked by an alarm, and goes on after that', async () => {
  /** Frames of methods without a channel: Connection.Blocked with a reason, and Connection.Unblocked. */
  const blocked = Buffer.from('\u0001\0\0\0\0\0\u000f\0\u000a\0\u003c\u000alow memory\u00ce', 'latin1');
  const unblocked = Buffer.from('\u0001\0\0\0\0\0\u0004\0\u000a\0\u003d\u00ce', 'latin1');
  let wire: { client: Socket; broker: Socket } | undefined;
  const server = createTcpServer((client) => {
    const broker = connectTo(Number(BROKER.port || 5672), '127.0.0.1');
    wire = { client, broker };
    for (const one of [client, broker]) one.on('error', () => undefined);
    client.pipe(broker).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = at(NAME, (server.address() as AddressInfo).port);
  const { endpointId } = makeDestinationRequest(url);
  const send = () => destinations.send(makeDestinationRequest(url, { credentials, endpointId }));
  expect((await send()).error).toBeUndefined();
  await take();

  // The broker has the next one, and has not said so.
  wire?.broker.unpipe(wire.client);
  const underWay = send();
  await take();
  wire?.client.write(blocked);
  for (const answer of [await underWay, await send()]) {
    expect(answer).toMatchObject({
      error: 'THROTTLED',
      errorDetail: 'The broker takes no messages for now: low memory.',
    });
    expect(answer.durationMs).toBeLessThan(5000);
    expect(verdictOf(answer, 0, [5])).toEqual({ kind: 'hold', because: 'RETRY_AFTER', askedSeconds: 30 });
  }

  wire?.client.write(unblocked);
  wire?.broker.pipe(wire.client);
  await waitUntil(async () => (await send()).error === undefined, 10_000);
  await take();
  wire?.client.destroy();
  server.close();
});

it('connects anew after the connection was lost, and says so of what was under way', async () => {
  const proxy = await startTcpProxy('127.0.0.1', Number(BROKER.port || 5672));
  const { endpointId } = makeDestinationRequest('');
  const send = () =>
    destinations.send(makeDestinationRequest(at(NAME, proxy.port), { credentials, endpointId }));
  expect((await send()).error).toBeUndefined();
  proxy.cut();
  await waitUntil(async () => (await send()).error === undefined, 15_000);
  await proxy.close();
});

it('speaks TLS to a broker whose certificate is good, and to no other', async () => {
  const { cert, key } = makeCertificate({ names: ['127.0.0.1'] });
  const server = createServer({ cert, key }, (socket) => {
    const upstream = connectTo(Number(BROKER.port || 5672), '127.0.0.1');
    for (const one of [socket, upstream]) one.on('error', () => undefined);
    socket.pipe(upstream).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = at(NAME, (server.address() as AddressInfo).port).replace('amqp:', 'amqps:');
  const trusting = openDestinations({ certificateAuthorities: [cert] });
  expect((await trusting.send(makeDestinationRequest(url, { credentials }))).error).toBeUndefined();
  await take();
  expect((await destinations.send(makeDestinationRequest(url, { credentials }))).error).toBe('TLS');
  await trusting.close();
  server.close();
});

it('never dials what the outbound policy forbids, by address or by name', async () => {
  const closed = openDestinations({
    policy: makeOutboundPolicy({
      allowedNetworks: [],
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    }),
  });
  for (const host of ['127.0.0.1', '0x7f.1', '[::ffff:127.0.0.1]', 'inside.example.com']) {
    const url = `amqp://${host}:5672/%2F/${NAME}`;
    expect(await closed.send(makeDestinationRequest(url, { credentials }))).toMatchObject({
      error: 'BLOCKED_ADDRESS',
    });
    expect(await closed.checkUrl(url)).toMatchObject({ ok: false, code: 'BLOCKED_ADDRESS' });
  }
  await closed.close();
});
