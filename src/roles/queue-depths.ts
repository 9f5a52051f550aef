import type { Platform } from './platform';

/** Messages ready in a queue, asked of the broker on a channel of its own. */
export async function readyCountOf({ consuming, config }: Platform, queue: string): Promise<number> {
  const channel = await consuming.current()?.createChannel();
  if (!channel) throw new Error('not connected to the broker');
  channel.on('error', () => undefined);
  const { messageCount } = await channel.checkQueue(`${config.namespace}.${queue}`);
  await channel.close();
  return messageCount;
}
