import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';
import { withDeadline } from '../runtime/with-deadline';
import { isRefused } from './reply-codes';
import type { ExchangeSpec, QueueSpec, Topology } from './topology';

/** The broker has a queue or exchange of this name with other arguments (406), so Warren cannot use it. */
export class TopologyMismatch extends Error {
  constructor(name: string, cause: unknown) {
    super(
      `The broker already has "${name}" with other properties. Delete it there once it is empty, or choose another WARREN_NAMESPACE.`,
      { cause },
    );
    this.name = 'TopologyMismatch';
  }
}

/** The broker's user may not make it, and nobody has yet. */
export class TopologyMissing extends Error {
  constructor(name: string, cause: unknown) {
    super(
      `The broker has no "${name}", and this user may not make it. Start a process whose user may: a router's, by docs/topology.md.`,
      { cause },
    );
    this.name = 'TopologyMissing';
  }
}

/** Of processes that start at the same moment, each waits some part of this before it removes a queue of an earlier version. */
const SPREAD_MS = 2000;
/** Behind a half-open connection nobody answers: the other does not wait for ever. */
const OTHER_MS = 10_000;

/** Declares a topology on one connection of this process after the other: of two side by side, one would remove what the other has just made anew. */
export function makeDeclarer(topology: Topology): (model: ChannelModel) => Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  return (model) => {
    const earlier = withDeadline(before, OTHER_MS).catch(() => undefined);
    const mine = earlier.then(() => declareTopology(model, topology));
    before = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * Declares all of it; idempotent. Queues are declared side by side: a quorum queue takes the broker some time. A user who
 * may not declare finds all of it there, or waits for one who may.
 */
async function declareTopology(model: ChannelModel, topology: Topology): Promise<void> {
  await declareExchanges(model, topology.exchanges);
  await Promise.all(topology.queues.map((queue) => declareQueue(model, queue)));
}

async function declareExchanges(model: ChannelModel, exchanges: readonly ExchangeSpec[]): Promise<void> {
  try {
    await withChannel(model, async (channel) => {
      for (const { name, type } of exchanges) {
        await channel.assertExchange(name, type, { durable: true }).catch((error: unknown) => {
          throw isRefused(error) ? error : new TopologyMismatch(name, error);
        });
      }
    });
  } catch (error) {
    if (!isRefused(error)) throw error;
    for (const { name } of exchanges) await find(model, name, (channel) => channel.checkExchange(name));
  }
}

async function declareQueue(model: ChannelModel, queue: QueueSpec): Promise<void> {
  const declare = (channel: Channel) =>
    channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
  try {
    await withChannel(model, declare);
  } catch (refusal) {
    // Whoever made it has bound it, too.
    if (isRefused(refusal)) return find(model, queue.name, (channel) => channel.checkQueue(queue.name));
    await makeAnew(model, queue, declare);
  }
  await withChannel(model, async (channel) => {
    for (const { exchange, key } of queue.boundTo) await channel.bindQueue(queue.name, exchange, key);
  });
}

/**
 * An earlier version of Warren may have made it: an empty one that nobody consumes can be made anew. By one of all that
 * start: RabbitMQ 3.10 can lose its dead-letter workers, those of all queues, over a queue that is deleted as soon as it is made.
 */
async function makeAnew(
  model: ChannelModel,
  queue: QueueSpec,
  declare: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  await sleep(Math.random() * SPREAD_MS);
  const isMadeByNow = await withChannel(model, declare).then(
    () => true,
    () => false,
  );
  if (isMadeByNow) return;
  await removeEmptyQueue(model, queue);
  await withChannel(model, declare).catch((error: unknown) => {
    throw new TopologyMismatch(queue.name, error);
  });
}

/**
 * Quorum queues cannot be deleted on condition. Unbound first, so that nothing arrives between the look and the deletion:
 * what is published meanwhile is returned to its producer. One that is not empty is bound again and stays.
 */
async function removeEmptyQueue(model: ChannelModel, { name, boundTo }: QueueSpec): Promise<void> {
  await withChannel(model, async (channel) => {
    for (const { exchange, key } of boundTo) await channel.unbindQueue(name, exchange, key);
    const { messageCount, consumerCount } = await channel.checkQueue(name);
    if (messageCount === 0 && consumerCount === 0) await channel.deleteQueue(name);
    else for (const { exchange, key } of boundTo) await channel.bindQueue(name, exchange, key);
  }).catch(() => undefined);
}

async function find(
  model: ChannelModel,
  name: string,
  look: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  await withChannel(model, look).catch((error: unknown) => {
    throw new TopologyMissing(name, error);
  });
}

async function withChannel(model: ChannelModel, use: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await model.createChannel();
  // A refused declaration closes the channel; the promise carries the news.
  channel.on('error', () => undefined);
  await use(channel);
  await channel.close();
}
