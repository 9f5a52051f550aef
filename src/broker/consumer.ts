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
  /** From now on up to so many times the prefetch at once; what was handed out beyond that is done first. */
  resize(times: number): void;
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
  let acks: Acks | undefined;
  /** A consumer's prefetch stays as it began, so one that takes more is several of them, each by its tag. */
  let tags: string[] = [];
  let times = 1;
  let isResizing = false;
  /** The last consumer to begin. Should all have stopped meanwhile it is cancelled, and until then is handed messages. */
  let beginning: Promise<void> = Promise.resolve();
  let stopped = false;
  let isOpening = false;

  connection.onUp(() => void open());
  connection.onDown(() => {
    channel = undefined;
    tags = [];
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
      acks = makeAcks(opened);
      await opened.prefetch(prefetch);
      await consumeOnce(opened, acks);
      void resizeTo(opened);
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

  const consumeOnce = (from: Channel, acks: Acks): Promise<void> =>
    (beginning = stopped ? Promise.resolve() : begin(from, acks));

  async function begin(from: Channel, acks: Acks): Promise<void> {
    const { consumerTag } = await from.consume(queue, (message) => {
      // null: the queue was deleted. Consuming it anew says so, and that has it declared again.
      if (message) onMessage(wrap(message, from, acks));
      else void from.close().catch(() => undefined);
    });
    if (stopped) await from.cancel(consumerTag);
    else if (channel === from) tags.push(consumerTag);
  }

  async function resizeTo(from: Channel): Promise<void> {
    if (isResizing) return;
    isResizing = true;
    try {
      while (channel === from && acks && !stopped && tags.length !== times) {
        if (tags.length < times) await consumeOnce(from, acks);
        else await from.cancel(String(tags.pop()));
      }
    } catch {
      // The channel closed under us: the next one is opened with as many.
    } finally {
      isResizing = false;
    }
  }

  /** A channel can close alone (a timeout of an unacked message, a deleted queue) while the connection stays. */
  function reopen(closed: Channel | undefined): void {
    if (stopped || channel !== closed) return;
    channel = undefined;
    tags = [];
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
      const from = channel;
      if (!from) return;
      const cancelled = Promise.all([beginning, ...tags.map((tag) => from.cancel(tag))]);
      await withDeadline(cancelled, CANCEL_MS).catch(() => undefined);
    },
    isConsuming: () => tags.length > 0,
    resize(wanted) {
      times = wanted;
      // Before its prefetch is set a channel would be handed the whole queue.
      if (channel && !isOpening) void resizeTo(channel);
    },
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
