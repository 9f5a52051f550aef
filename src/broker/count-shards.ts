import type { ChannelModel } from 'amqplib';
import { MAX_SHARDS } from '../domain/delivery/shards';
import { withDeadline } from '../runtime/with-deadline';
import { isNotFound } from './reply-codes';
import { deliverQueue } from './topology';

const ANSWER_MS = 5000;

/**
 * How many shards have a queue in the broker, counted on from those that surely have one: a deployment that had more
 * may have left messages in the others. Queues are made from the first on, so the first that is missing ends the count.
 */
export async function countShards(model: ChannelModel, namespace: string, from: number): Promise<number> {
  let count = from;
  while (count < MAX_SHARDS && (await isThere(model, `${namespace}.${deliverQueue(count)}`))) count++;
  return count;
}

/** A queue that does not answer has lost its majority, so it is there. */
async function isThere(model: ChannelModel, queue: string): Promise<boolean> {
  const channel = await model.createChannel();
  // A refused question closes the channel; the promise carries the news.
  channel.on('error', () => undefined);
  try {
    await withDeadline(channel.checkQueue(queue), ANSWER_MS);
    await channel.close();
    return true;
  } catch (error) {
    return !isNotFound(error);
  }
}
