import type { Channel, ChannelModel } from 'amqplib';
import type { QueueSpec, Topology } from './topology';

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

/** Declares all of it; idempotent. Queues are declared side by side: a quorum queue takes the broker some time. */
export async function declareTopology(model: ChannelModel, topology: Topology): Promise<void> {
  await withChannel(model, async (channel) => {
    for (const { name, type } of topology.exchanges) {
      await channel.assertExchange(name, type, { durable: true }).catch((error: unknown) => {
        throw new TopologyMismatch(name, error);
      });
    }
  });
  await Promise.all(topology.queues.map((queue) => declareQueue(model, queue)));
}

async function declareQueue(model: ChannelModel, queue: QueueSpec): Promise<void> {
  const declare = (channel: Channel) =>
    channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
  await withChannel(model, declare).catch(async () => {
    // An earlier version of Warren may have made it: an empty one that nobody consumes can be made anew.
    await removeEmptyQueue(model, queue);
    await withChannel(model, declare).catch((error: unknown) => {
      throw new TopologyMismatch(queue.name, error);
    });
  });
  await withChannel(model, async (channel) => {
    for (const { exchange, key } of queue.boundTo) await channel.bindQueue(queue.name, exchange, key);
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

async function withChannel(model: ChannelModel, use: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await model.createChannel();
  // A refused declaration closes the channel; the promise carries the news.
  channel.on('error', () => undefined);
  await use(channel);
  await channel.close();
}
