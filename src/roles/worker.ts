import { makeConsumer, type Consumer } from '../broker/consumer';
import { replayPrefetch } from '../flow';
import { parseDue } from '../messages/delivery-due';
import type { Received } from '../messages/received';
import type { Dispatcher } from './dispatching';
import { startGating } from './gating';
import { messageOf, type Platform } from './platform';
import type { RunningRole } from './running-role';

/** Takes deliveries off the queues `deliver` and `replay`, as many as the window holds, and has them attempted; owns gates. */
export function startWorker(platform: Platform, dispatcher: Dispatcher): RunningRole {
  const { config, logger } = platform;

  async function handle(message: Received): Promise<void> {
    await dispatcher.dispatch(parseDue(message.body), { redelivered: message.redelivered });
    message.ack();
  }

  const consume = (queue: string, prefetch: number): Consumer =>
    makeConsumer(platform.consuming, {
      queue: `${config.namespace}.${queue}`,
      prefetch,
      logger,
      onMessage(message) {
        handle(message).catch((error: unknown) => {
          if (!platform.giveUp.aborted) logger.error({ err: messageOf(error) }, 'deliver.failed');
          message.requeue();
        });
      },
    });
  // What is replayed has few places of its own, beside those of what is new: neither waits for the other.
  const consumers = [consume('deliver', config.window), consume('replay', replayPrefetch(config.window))];

  const gating = startGating(platform, dispatcher);

  return {
    isReady: () => consumers.every((consumer) => consumer.isConsuming()),
    async stopTaking() {
      await Promise.all([...consumers.map((consumer) => consumer.stop()), gating.stop()]);
    },
    underWay: () => dispatcher.inFlight(),
    async close() {
      await gating.stop();
      await dispatcher.close();
    },
  };
}
