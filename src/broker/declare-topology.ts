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
  await Promise.all(
    topology.queues.map((queue) => withChannel(model, (channel) => declareQueue(channel, queue))),
  );
}

async function declareQueue(channel: Channel, queue: QueueSpec): Promise<void> {
  await channel
    .assertQueue(queue.name, { durable: true, arguments: queue.arguments })
    .catch((error: unknown) => {
      throw new TopologyMismatch(queue.name, error);
    });
  for (const { exchange, key } of queue.boundTo) await channel.bindQueue(queue.name, exchange, key);
}

async function withChannel(model: ChannelModel, use: (channel: Channel) => Promise<void>): Promise<void> {
  const channel = await model.createChannel();
  // A refused declaration closes the channel; the promise carries the news.
  channel.on('error', () => undefined);
  await use(channel);
  await channel.close();
}
