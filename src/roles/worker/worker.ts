import { makeConsumer, type Consumer } from '../../broker/consumer';
import { deliverQueue } from '../../broker/topology';
import { TIMERS, replayPrefetch, shardPrefetch, timesPrefetch } from '../../flow';
import { NotStarted } from '../../gate/window/open-requests';
import { parseDue } from '../../messages/delivery-due';
import type { Received } from '../../messages/received';
import type { Dispatcher } from './dispatching';
import { startGating } from './gating';
import { messageOf, type Platform } from '../platform';
import type { RunningRole } from '../running-role';

/**
 * Takes deliveries off the queues `deliver`, every shard of it, and `replay`, as many as the window holds, and has them
 * attempted; owns gates.
 */
export function startWorker(platform: Platform, dispatcher: Dispatcher): RunningRole {
  const { config, logger, shards } = platform;

  async function handle(message: Received): Promise<void> {
    await dispatcher.dispatch(parseDue(message.body), { redelivered: message.redelivered });
    message.ack();
  }

  const consume = (queue: string, prefetch: number, onGone?: () => void): Consumer =>
    makeConsumer(platform.consuming, {
      queue: `${config.namespace}.${queue}`,
      prefetch,
      logger,
      ...(onGone ? { onGone } : {}),
      onMessage(message) {
        handle(message).catch((error: unknown) => {
          if (!platform.giveUp.aborted && !(error instanceof NotStarted))
            logger.error({ err: messageOf(error) }, 'deliver.failed');
          message.requeue();
        });
      },
    });
  // What is replayed has few places of its own, beside those of what is new: neither waits for the other.
  const own = Array.from({ length: shards.own }, (_, shard) =>
    consume(deliverQueue(shard), shardPrefetch(config.window, shards.own)),
  );
  const consumers = [consume('replay', replayPrefetch(config.window)), ...own];
  let times = 1;
  const resizing = setInterval(() => {
    dispatcher.lookAgain();
    const open = dispatcher.openRequests();
    platform.metrics.requestsOpen.set(open);
    times = timesPrefetch(config.window, open, times);
    for (const consumer of own) consumer.resize(times);
  }, TIMERS.resizeMs);

  /** Of shards that are not this process's own: others fill them, or did, and few places empty them in time. */
  const further = new Map<number, Consumer>();
  let isStopping = false;
  shards.onMore(() => {
    for (let shard = shards.own; shard < shards.known() && !isStopping; shard++) {
      if (further.has(shard)) continue;
      const onGone = (): void => {
        further.delete(shard);
        shards.gone(shard);
        logger.info({ queue: deliverQueue(shard) }, 'shards.queue_gone');
      };
      further.set(shard, consume(deliverQueue(shard), replayPrefetch(config.window), onGone));
      logger.info({ queue: deliverQueue(shard) }, 'shards.queue_found');
    }
  });

  const gating = startGating(platform, dispatcher);

  return {
    isReady: () => consumers.every((consumer) => consumer.isConsuming()),
    async stopTaking() {
      isStopping = true;
      const all = [...consumers, ...further.values()];
      await Promise.all([...all.map((consumer) => consumer.stop()), gating.stop()]);
    },
    giveBack: () => dispatcher.stopWaiting(),
    underWay: () => dispatcher.inFlight(),
    async close() {
      // Not before: how many requests are still open is what a stop waits for.
      clearInterval(resizing);
      await gating.stop();
      await dispatcher.close();
    },
  };
}
