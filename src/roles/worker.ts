import { makeConsumer } from '../broker/consumer';
import { parseDue } from '../messages/delivery-due';
import type { Received } from '../messages/received';
import type { Dispatcher } from './dispatching';
import { messageOf, type Platform } from './platform';
import type { RunningRole } from './running-role';

/** Takes deliveries off the queue `deliver`, as many as the window holds, and has them attempted. */
export function startWorker(platform: Platform, dispatcher: Dispatcher): RunningRole {
  const { config, logger } = platform;

  async function handle(message: Received): Promise<void> {
    await dispatcher.dispatch(parseDue(message.body), { redelivered: message.redelivered });
    message.ack();
  }

  const consumer = makeConsumer(platform.consuming, {
    queue: `${config.namespace}.deliver`,
    prefetch: config.window,
    logger,
    onMessage(message) {
      handle(message).catch((error: unknown) => {
        if (!platform.giveUp.aborted) logger.error({ err: messageOf(error) }, 'deliver.failed');
        message.requeue();
      });
    },
  });

  return {
    isReady: () => consumer.isConsuming(),
    stopTaking: () => consumer.stop(),
    underWay: () => dispatcher.inFlight(),
    close: () => dispatcher.close(),
  };
}
