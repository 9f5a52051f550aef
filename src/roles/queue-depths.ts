import { isNotFound } from '../broker/reply-codes';
import { deliverQueue } from '../broker/topology';
import type { Platform } from './platform';

export interface QueueDepth {
  /** Without the namespace. */
  queue: string;
  ready: number;
  consumers: number;
}

/** Messages ready in a queue, and its consumers, asked of the broker on a channel of its own. */
export async function lookAtQueue({ consuming, config }: Platform, queue: string): Promise<QueueDepth> {
  const channel = await consuming.current()?.createChannel();
  if (!channel) throw new Error('not connected to the broker');
  channel.on('error', () => undefined);
  const { messageCount, consumerCount } = await channel.checkQueue(`${config.namespace}.${queue}`);
  await channel.close();
  return { queue, ready: messageCount, consumers: consumerCount };
}

/** The same of every queue that deliveries may wait in. */
export async function lookAtShards(platform: Platform): Promise<QueueDepth[]> {
  const { shards } = platform;
  const depths: QueueDepth[] = [];
  for (let shard = 0; shard < shards.known(); shard++) {
    try {
      depths.push(await lookAtQueue(platform, deliverQueue(shard)));
    } catch (error) {
      // One that a larger number left behind, and somebody has deleted, is missed by nobody.
      if (shard < shards.own || !isNotFound(error)) throw error;
      shards.gone(shard);
    }
  }
  return depths;
}

export const readyCountOf = async (platform: Platform, queue: string): Promise<number> =>
  (await lookAtQueue(platform, queue)).ready;

/** Of the shard that has the most: what is late there only waits. */
export const longestShardOf = async (platform: Platform): Promise<number> =>
  Math.max(...(await lookAtShards(platform)).map(({ ready }) => ready));
