import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import pino from 'pino';
import { openConnection, type BrokerConnection } from '../../../src/broker/connection';
import { makeConsumer, type Consumer } from '../../../src/broker/consumer';
import type { Received } from '../../../src/messages/received';
import { waitUntil } from '../../../src/runtime/wait-until';

const url = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672';
const queue = `t-consumer-${process.pid}`;
const logger = pino({ level: 'silent' });
const PREFETCH = 10;
/** Long enough for what must not come. */
const QUIET_MS = 300;

let other: ChannelModel;
let channel: ConfirmChannel;
let connection: BrokerConnection;
let consumer: Consumer;
let held: Received[];

beforeAll(async () => {
  other = await connect(url, { noDelay: true });
  channel = await other.createConfirmChannel();
});
beforeEach(async () => {
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  for (let index = 0; index < 100; index++) channel.sendToQueue(queue, Buffer.from(String(index)));
  await channel.waitForConfirms();
  held = [];
  connection = openConnection({ urls: [url], name: 'test', logger });
  consumer = makeConsumer(connection, {
    ...{ queue, prefetch: PREFETCH, logger },
    onMessage: (message) => void held.push(message),
  });
});
afterEach(async () => {
  await consumer.stop();
  await connection.close();
  await channel.deleteQueue(queue);
});
afterAll(() => other.close());

async function expectHeld(count: number): Promise<void> {
  await waitUntil(() => Promise.resolve(held.length >= count), { timeoutMs: 5000, pauseMs: 20 });
  await sleep(QUIET_MS);
  expect(held).toHaveLength(count);
}

function ackAll(): void {
  for (const message of held) message.ack();
  held = [];
}

it('takes as many times its prefetch as it is told, and fewer again once it is through with what it has', async () => {
  await expectHeld(PREFETCH);
  consumer.resize(3);
  await expectHeld(3 * PREFETCH);
  consumer.resize(1);
  await sleep(QUIET_MS);
  expect(held).toHaveLength(3 * PREFETCH);
  ackAll();
  await expectHeld(PREFETCH);
  ackAll();
  await expectHeld(PREFETCH);
});

it('takes as much after a reconnect', async () => {
  consumer.resize(2);
  await expectHeld(2 * PREFETCH);
  held = [];
  connection.renew();
  await expectHeld(2 * PREFETCH);
});

it('takes nothing more once it is stopped, whatever it was told meanwhile, and loses nothing', async () => {
  await expectHeld(PREFETCH);
  consumer.resize(4);
  await consumer.stop();
  await sleep(QUIET_MS);
  const before = held.length;
  ackAll();
  await sleep(QUIET_MS);
  expect(held).toHaveLength(0);
  const { messageCount } = await channel.checkQueue(queue);
  expect(messageCount).toBe(100 - before);
});
