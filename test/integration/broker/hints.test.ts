import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import pino from 'pino';
import { openConnection } from '../../../src/broker/connection';
import { UNHEARD_MS } from '../../../src/broker/heard-keys';
import { makePublisher, type Publisher } from '../../../src/broker/publisher';

const url = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672';
const exchange = `t-hints-${process.pid}`;
const logger = pino({ level: 'silent' });

let other: ChannelModel;
let channel: Channel;
let publisher: Publisher;
let close: () => Promise<void>;
/** Bodies that were made, whether they were published or not. */
let made: string[];

beforeAll(async () => {
  other = await connect(url, { noDelay: true });
  channel = await other.createChannel();
  await channel.assertExchange(exchange, 'topic', { durable: false });
  const connection = openConnection({ urls: [url], name: 'test', logger });
  publisher = makePublisher(connection, logger);
  close = () => connection.close();
  while (!publisher.isReady()) await sleep(10);
});
beforeEach(() => (made = []));
afterAll(async () => {
  await close();
  await channel.deleteExchange(exchange);
  await other.close();
});

function tell(routingKey: string, text: string): void {
  publisher.hintIfHeard({
    exchange,
    routingKey,
    body() {
      made.push(text);
      return Buffer.from(text);
    },
  });
}

async function listen(binding: string): Promise<string[]> {
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, binding);
  const heard: string[] = [];
  await channel.consume(queue, (message) => message && heard.push(message.content.toString()), {
    noAck: true,
  });
  return heard;
}

it('makes and sends none while nobody has a queue bound, and all again soon after somebody has', async () => {
  for (let index = 0; index < 20; index++) {
    tell('acme.ep.DELIVERED', `unheard ${index}`);
    await sleep(5);
  }
  expect(made.length).toBeLessThan(10);

  const heard = await listen('acme.#');
  await sleep(UNHEARD_MS);
  for (let index = 0; index < 20; index++) tell('acme.ep.DELIVERED', `heard ${index}`);
  await sleep(200);
  expect(heard.filter((text) => text.startsWith('heard'))).toHaveLength(20);
});

it('sends all that somebody hears, in order, whatever nobody hears beside it', async () => {
  const heard = await listen('*.ep-1.*');
  for (let index = 0; index < 50; index++) {
    tell('globex.ep-1.DELIVERED', String(index));
    tell('globex.ep-2.DELIVERED', 'nobody');
    await sleep(2);
  }
  await sleep(200);
  expect(heard).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  expect(made.filter((text) => text === 'nobody').length).toBeLessThan(25);
});

it('goes on when the one who listened has gone', async () => {
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, 'initech.#');
  tell('initech.ep.DELIVERED', 'one');
  await channel.deleteQueue(queue);
  for (let index = 0; index < 20; index++) {
    tell('initech.ep.DELIVERED', 'more');
    await sleep(5);
  }
  expect(made.length).toBeLessThan(10);
  expect(publisher.isReady()).toBe(true);
});
