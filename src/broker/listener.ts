import type { Channel } from 'amqplib';
import type { Logger } from '../runtime/logger';
import type { BrokerConnection } from './connection';

/**
 * A private, transient queue for hints on a fanout or topic exchange. What arrives while the process is away is lost
 * on purpose; so is the oldest when it falls behind.
 */
export interface Listener {
  bind(key: string): void;
  unbind(key: string): void;
}

export interface ListenerOptions {
  exchange: string;
  /** Binding keys from the start. */
  keys: string[];
  onMessage: (body: Buffer, routingKey: string) => void;
  /** Called each time it listens anew: something may have been missed. */
  onRestart: () => void;
  logger: Logger;
}

const QUEUE_LENGTH = 50_000;

export function makeListener(connection: BrokerConnection, options: ListenerOptions): Listener {
  const { exchange, onMessage, onRestart, logger } = options;
  const keys = new Set(options.keys);
  let channel: Channel | undefined;
  let queue = '';

  connection.onUp(() => void open());
  connection.onDown(() => (channel = undefined));

  async function open(): Promise<void> {
    try {
      const opened = await connection.current()?.createChannel();
      if (!opened) return;
      opened.on('error', (error: Error) =>
        logger.warn({ exchange, err: error.message }, 'listener.channel_error'),
      );
      const declared = await opened.assertQueue('', {
        exclusive: true,
        durable: false,
        arguments: { 'x-max-length': QUEUE_LENGTH, 'x-overflow': 'drop-head' },
      });
      queue = declared.queue;
      for (const key of keys) await opened.bindQueue(queue, exchange, key);
      await opened.consume(
        queue,
        (message) => message && onMessage(message.content, message.fields.routingKey),
        {
          noAck: true,
        },
      );
      channel = opened;
      onRestart();
    } catch (error) {
      logger.warn(
        { exchange, err: error instanceof Error ? error.message : String(error) },
        'listener.open_failed',
      );
    }
  }

  const quietly = (work: Promise<unknown> | undefined): void => void work?.catch(() => undefined);

  return {
    bind(key) {
      keys.add(key);
      quietly(channel?.bindQueue(queue, exchange, key));
    },
    unbind(key) {
      keys.delete(key);
      quietly(channel?.unbindQueue(queue, exchange, key));
    },
  };
}
