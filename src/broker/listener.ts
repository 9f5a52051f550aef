import type { Channel, ConsumeMessage } from 'amqplib';
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
const REOPEN_MS = 1000;

export function makeListener(connection: BrokerConnection, options: ListenerOptions): Listener {
  const { exchange, onMessage, onRestart, logger } = options;
  const keys = new Set(options.keys);
  let channel: Channel | undefined;
  let queue = '';

  connection.onUp(() => void open());
  connection.onDown(() => (channel = undefined));

  async function open(): Promise<void> {
    try {
      const own = await connection.current()?.createChannel();
      if (!own) return;
      own.on('error', (error: Error) =>
        logger.warn({ exchange, err: error.message }, 'listener.channel_error'),
      );
      const declared = await own.assertQueue('', {
        exclusive: true,
        durable: false,
        arguments: { 'x-max-length': QUEUE_LENGTH, 'x-overflow': 'drop-head' },
      });
      queue = declared.queue;
      // null: the broker took the queue away.
      const take = (message: ConsumeMessage | null): void => {
        if (message) hear(message);
        else void own.close().catch(() => undefined);
      };
      await own.consume(queue, take, { noAck: true });
      // Last, and with nothing to wait for after it: a key that comes meanwhile is bound here, the next one by `bind`.
      for (const key of keys) await own.bindQueue(queue, exchange, key);
      own.on('close', () => reopen(own));
      channel = own;
      onRestart();
    } catch (error) {
      const err = error instanceof Error ? error.message : String(error);
      logger.warn({ exchange, err }, 'listener.open_failed');
      // With the connection gone too, the next one opens it.
      reopen(undefined);
    }
  }

  /** Hints may be lost, so one that cannot be read, of a newer version say, is; thrown on, it would end the connection. */
  function hear({ content, fields }: ConsumeMessage): void {
    try {
      onMessage(content, fields.routingKey);
    } catch (error) {
      const err = error instanceof Error ? error.message : String(error);
      logger.warn({ exchange, err }, 'listener.message_unread');
    }
  }

  /** A channel can close alone while the connection stays; without a new one nothing would be heard any more. */
  function reopen(closed: Channel | undefined): void {
    if (channel !== closed) return;
    channel = undefined;
    setTimeout(() => {
      if (!channel && connection.current()) void open();
    }, REOPEN_MS).unref();
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
