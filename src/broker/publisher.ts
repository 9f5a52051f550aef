import type { Channel, ConfirmChannel, Message, Options } from 'amqplib';
import type { Logger } from '../runtime/logger';
import type { BrokerConnection } from './connection';
import { makeHeardKeys } from './heard-keys';

/** The broker did not take the message in time, so nobody may believe it did. */
export class BrokerUnavailable extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`The message broker cannot take messages right now: ${reason}`, options);
    this.name = 'BrokerUnavailable';
  }
}

export interface Outgoing {
  exchange: string;
  routingKey: string;
  body: Buffer;
  options?: Options.Publish;
}

export interface Publisher {
  /**
   * Resolves once the broker has confirmed that a queue holds the message, persistently. Rejects with
   * BrokerUnavailable on a nack, a return (no queue), a lost connection, or after the deadline: it may or may not be
   * there then.
   */
  publish(message: Outgoing): Promise<void>;
  /** For hints: not persistent, not confirmed, dropped while the broker is away or slow. */
  hint(message: Outgoing): void;
  /**
   * A hint of which there are many, to a topic exchange to which there may be nobody: left out, and its body not even
   * made, while none has a queue bound for its key.
   */
  hintIfHeard(message: Omit<Outgoing, 'body'> & { body: () => Buffer }): void;
  isReady(): boolean;
}

interface Pending {
  settle: (error?: Error) => void;
  timer: NodeJS.Timeout;
}

const DEADLINE_MS = 10_000;
/** Hints are dropped rather than queued above this many bytes in the socket's buffer. */
const HINT_WATERMARK = 1024 * 1024;

export function makePublisher(connection: BrokerConnection, logger: Logger): Publisher {
  let channel: ConfirmChannel | undefined;
  /** Without confirms, which nobody waits for and which cost both ends as much as the hint itself. */
  let hints: Channel | undefined;
  let congested = false;
  let sequence = 0;
  const pending = new Map<string, Pending>();
  const heardKeys = makeHeardKeys();

  connection.onUp(() => void open());
  connection.onDown(() => lose('the connection was lost'));

  async function open(): Promise<void> {
    try {
      const opened = await connection.current()?.createConfirmChannel();
      const openedHints = await connection.current()?.createChannel({ highWaterMark: HINT_WATERMARK });
      if (!opened || !openedHints) return;
      for (const each of [opened, openedHints]) {
        each.on('error', (error: Error) => logger.warn({ err: error.message }, 'publisher.channel_error'));
        each.on('close', () => {
          if (channel !== opened) return;
          lose('the channel was closed');
          void Promise.allSettled([opened.close(), openedHints.close()]);
          // A channel error (an exchange that is gone, say) leaves the connection up: open others.
          setTimeout(() => {
            if (!channel) void open();
          }, 500);
        });
      }
      opened.on('return', onReturn);
      openedHints.on('return', ({ fields }: Message) => heardKeys.unheard(keyOf(fields)));
      openedHints.on('drain', () => (congested = false));
      channel = opened;
      hints = openedHints;
      congested = false;
    } catch (error) {
      logger.warn({ err: error instanceof Error ? error.message : String(error) }, 'publisher.open_failed');
    }
  }

  function lose(reason: string): void {
    channel = hints = undefined;
    for (const { settle } of [...pending.values()]) settle(new BrokerUnavailable(reason));
  }

  /** basic.return comes before the confirm of the same message, which then finds it settled. */
  function onReturn(message: Message): void {
    const id = String(message.properties.correlationId);
    pending.get(id)?.settle(new BrokerUnavailable(`no queue is bound for ${message.fields.exchange}`));
  }

  function hint({ exchange, routingKey, body, options }: Outgoing): void {
    if (!hints || congested || connection.blockedBecause()) return;
    try {
      congested = !hints.publish(exchange, routingKey, body, { persistent: false, ...options });
    } catch {
      // The channel closed under us: a hint may be lost, and `close` opens the next one.
    }
  }

  return {
    publish: ({ exchange, routingKey, body, options }) =>
      new Promise((resolve, reject) => {
        if (!channel) return reject(new BrokerUnavailable(connection.blockedBecause() ?? 'not connected'));
        const id = String(++sequence);
        const settle = (error?: Error): void => {
          const entry = pending.get(id);
          if (!entry) return;
          pending.delete(id);
          clearTimeout(entry.timer);
          if (error) reject(error);
          else resolve();
        };
        const timer = setTimeout(() => settle(new BrokerUnavailable(timeoutReason(connection))), DEADLINE_MS);
        pending.set(id, { settle, timer });
        const confirmed = (error: unknown): void =>
          settle(error ? new BrokerUnavailable('it refused the message', { cause: error }) : undefined);
        try {
          channel.publish(
            exchange,
            routingKey,
            body,
            { persistent: true, mandatory: true, correlationId: id, ...options },
            confirmed,
          );
        } catch (error) {
          settle(new BrokerUnavailable('the message could not be written', { cause: error }));
          // The library counts a confirm for it that never comes; only a new channel counts right again.
          void channel.close().catch(() => undefined);
        }
      }),

    hint,
    hintIfHeard({ exchange, routingKey, body, options }) {
      const how = heardKeys.next(keyOf({ exchange, routingKey }));
      if (how === 'skip') return;
      hint({ exchange, routingKey, body: body(), options: { mandatory: how === 'ask', ...options } });
    },

    isReady: () => channel !== undefined && connection.blockedBecause() === undefined,
  };
}

const keyOf = ({ exchange, routingKey }: { exchange: string; routingKey: string }): string =>
  `${exchange} ${routingKey}`;

function timeoutReason(connection: BrokerConnection): string {
  const blocked = connection.blockedBecause();
  return blocked ? `it is blocked (${blocked})` : `no confirm within ${DEADLINE_MS / 1000} s`;
}
