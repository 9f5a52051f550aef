import { EventEmitter } from 'node:events';
import type { ChannelModel } from 'amqplib';
import type { BrokerConnection } from '../../../src/broker/connection';
import { makeListener } from '../../../src/broker/listener';
import { makeLogger } from '../../../src/runtime/logger';
import { waitUntil } from '../../support/wait-until';

type Take = (message: { content: Buffer; fields: { routingKey: string } } | null) => void;

/** A channel that remembers what it was told. */
class MadeUpChannel extends EventEmitter {
  readonly bound: string[] = [];
  take: Take = () => undefined;
  assertQueue = () => Promise.resolve({ queue: 'private' });
  bindQueue = (_queue: string, _exchange: string, key: string) => Promise.resolve(this.bound.push(key));
  unbindQueue = () => Promise.resolve();
  consume = (_queue: string, take: Take) => Promise.resolve(void (this.take = take));
  close = () => Promise.resolve(void this.emit('close'));
}

function listenOn(channels: MadeUpChannel[]) {
  const model = {
    createChannel: () => {
      const channel = new MadeUpChannel();
      channels.push(channel);
      return Promise.resolve(channel);
    },
  } as unknown as ChannelModel;
  const connection: BrokerConnection = {
    current: () => model,
    blockedBecause: () => undefined,
    failedBecause: () => undefined,
    onUp: (listener) => listener(model),
    onDown: () => undefined,
    renew: () => undefined,
    close: () => Promise.resolve(),
  };
  const heard: string[] = [];
  const restarts = jest.fn();
  const listener = makeListener(connection, {
    exchange: 'warren.status',
    keys: ['acme.#'],
    onMessage: (body) => {
      if (body.toString() === 'a riddle') throw new Error('not understood');
      heard.push(body.toString());
    },
    onRestart: restarts,
    logger: makeLogger('silent'),
  });
  return { listener, heard, restarts };
}

const message = (text: string) => ({
  content: Buffer.from(text),
  fields: { routingKey: 'acme.ep.DELIVERED' },
});

it.each<[string, (channel: MadeUpChannel) => void]>([
  ['its channel closes alone', (channel) => channel.emit('close')],
  ['the broker takes its queue away', (channel) => channel.take(null)],
])('listens again, to all that was bound meanwhile, after %s', async (_, lose) => {
  const channels: MadeUpChannel[] = [];
  const { listener, heard, restarts } = listenOn(channels);
  await waitUntil(() => restarts.mock.calls.length === 1);
  listener.bind('other.#');
  const [first] = channels;
  if (first) lose(first);

  await waitUntil(() => restarts.mock.calls.length === 2, 4000);
  expect(channels).toHaveLength(2);
  expect(channels[1]?.bound).toEqual(['acme.#', 'other.#']);
  channels[1]?.take(message('heard'));
  expect(heard).toEqual(['heard']);
});

it.each(['assertQueue', 'bindQueue', 'consume'] as const)(
  'binds what it is asked to while it begins to listen and waits for %s',
  async (step) => {
    const channels: MadeUpChannel[] = [];
    const { listener, restarts } = listenOn(channels);
    const [channel] = channels;
    if (!channel) throw new Error('it has opened no channel');
    const answer: (...told: never[]) => Promise<unknown> = channel[step];
    Object.assign(channel, {
      [step]: (...told: never[]) => {
        listener.bind('late.#');
        return answer(...told);
      },
    });
    await waitUntil(() => restarts.mock.calls.length === 1);
    expect(channel.bound).toEqual(['acme.#', 'late.#']);
  },
);

it('hears on after a message that nobody here understands', async () => {
  const channels: MadeUpChannel[] = [];
  const { heard } = listenOn(channels);
  await waitUntil(() => channels[0]?.bound.length === 1);
  channels[0]?.take(message('a riddle'));
  channels[0]?.take(message('a word'));
  expect(heard).toEqual(['a word']);
});
