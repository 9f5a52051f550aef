import type { Platform } from './platform';

/** Messages ready in a queue, and its consumers, asked of the broker on a channel of its own. */
export async function lookAtQueue(
  { consuming, config }: Platform,
  queue: string,
): Promise<{ ready: number; consumers: number }> {
  const channel = await consuming.current()?.createChannel();
  if (!channel) throw new Error('not connected to the broker');
  channel.on('error', () => undefined);
  const { messageCount, consumerCount } = await channel.checkQueue(`${config.namespace}.${queue}`);
  await channel.close();
  return { ready: messageCount, consumers: consumerCount };
}

export const readyCountOf = async (platform: Platform, queue: string): Promise<number> =>
  (await lookAtQueue(platform, queue)).ready;
