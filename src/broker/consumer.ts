import type { Channel, ConsumeMessage } from 'amqplib';
import type { Received } from '../messages/received';
import type { Logger } from '../runtime/logger';
import { withDeadline } from '../runtime/with-deadline';
import { makeAcks, type Acks } from './acks';
import type { BrokerConnection } from './connection';
import { isNotFound } from './reply-codes';

/** A handle on a queue that outlives its channels: it consumes again after each reconnect. */
export interface Consumer {
  /** Stops taking messages; those handed out can still be acked. */
  stop(): Promise<void>;
  isConsuming(): boolean;
}

export interface ConsumerOptions {
  queue: string;
  /** Most unacknowledged messages at once. */
  prefetch: number;
  onMessage: (message: Received) => void;
  /** For a queue that nobody declares again: once it is not there the consumer ends, and says so here. */
  onGone?: () => void;
  logger: Logger;
}

const REOPEN_MS = 1000;
const CANCEL_MS = 2000;

export function makeConsumer(connection: BrokerConnection, options: ConsumerOptions): Consumer {
  const { queue, prefetch, onMessage, onGone, logger } = options;
  let channel: Channel | undefined;
  let tag: string | undefined;
  let stopped = false;
  let isOpening = false;

  connection.onUp(() => void open());
  connection.onDown(() => {
    channel = undefined;
    tag = undefined;
  });

  async function open(): Promise<void> {
    // Two channels at once would share the queue, and what came on the older could never be acked.
    if (stopped || isOpening || channel) return;
    isOpening = true;
    let opened: Channel | undefined;
    try {
      opened = await connection.current()?.createChannel();
      if (!opened) return;
      opened.on('error', (error: Error) =>
        logger.warn({ queue, err: error.message }, 'consumer.channel_error'),
      );
      opened.on('close', () => reopen(opened));
      channel = opened;
      await opened.prefetch(prefetch);
      const consuming = opened;
      const acks = makeAcks(opened);
      ({ consumerTag: tag } = await opened.consume(queue, (message) => {
        // null: the queue was deleted. Consuming it anew says so, and that has it declared again.
        if (message) onMessage(wrap(message, consuming, acks));
        else void consuming.close().catch(() => undefined);
      }));
    } catch (error) {
      logger.warn(
        { queue, err: error instanceof Error ? error.message : String(error) },
        'consumer.open_failed',
      );
      const isMissing = isNotFound(error);
      if (isMissing && onGone) {
        stopped = true;
        onGone();
      }
      // Somebody deleted the queue: only a new connection declares it.
      else if (isMissing) connection.renew();
      else if (opened) reopen(opened);
    } finally {
      isOpening = false;
    }
  }

  /** A channel can close alone (a timeout of an unacked message, a deleted queue) while the connection stays. */
  function reopen(closed: Channel | undefined): void {
    if (stopped || channel !== closed) return;
    channel = undefined;
    tag = undefined;
    setTimeout(() => {
      if (connection.current()) void open();
    }, REOPEN_MS);
  }

  function wrap(message: ConsumeMessage, from: Channel, acks: Acks): Received {
    acks.track(message);
    const { messageId, contentType, timestamp, userId, headers } = message.properties as unknown as Record<
      string,
      unknown
    >;
    return {
      body: message.content,
      routingKey: message.fields.routingKey,
      redelivered: message.fields.redelivered,
      properties: {
        messageId: textOf(messageId),
        contentType: textOf(contentType),
        timestamp: timestamp === undefined ? undefined : Number(timestamp),
        userId: textOf(userId),
        headers: (headers ?? {}) as Record<string, unknown>,
      },
      // Delivery tags belong to their channel; once it is gone there is nothing to acknowledge.
      ack: () => {
        if (channel === from) acks.ack(message);
      },
      requeue: () => {
        if (channel === from) acks.requeue(message);
      },
    };
  }

  return {
    async stop() {
      stopped = true;
      // Behind a half-open connection no answer comes; nothing more comes from there either.
      if (channel && tag) await withDeadline(channel.cancel(tag), CANCEL_MS).catch(() => undefined);
    },
    isConsuming: () => tag !== undefined,
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
