import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { dialBroker } from './dial';

/** An event as any service would publish it: no library of Warren's, only AMQP 0-9-1. */
export interface PlainEvent {
  exchange: string;
  /** Also the routing key. */
  type: string;
  data: unknown;
  /** Slug or ten_ id. */
  tenant: string;
  /** Becomes `message_id`: a second event with the same key is not routed again. */
  idempotencyKey: string;
}

export interface PlainPublisher {
  /** Resolves once a queue holds the event. Throws when the broker refuses it or no queue is bound. */
  publish(event: PlainEvent): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const CONFIRM_TIMEOUT_MS = 5_000;

/**
 * A connection of its own for a producer outside of the pipeline, for a few events: it does not come back by itself.
 * @param urls comma-separated for a cluster; the first that answers is used
 */
export async function openPlainPublisher(urls: string): Promise<PlainPublisher> {
  const model = await dialAny(urls.split(',').map((url) => url.trim()));
  // Both are told again by the publish that fails; without listeners they would end the process.
  model.on('error', () => undefined);
  const channel = await model.createConfirmChannel();
  channel.on('error', () => undefined);
  return {
    publish: (event) => publishConfirmed(channel, event),
    close: () => model.close().catch(() => undefined),
  };
}

async function dialAny(urls: readonly string[]): Promise<ChannelModel> {
  const failures: unknown[] = [];
  for (const url of urls) {
    try {
      return await dialBroker(url, { timeoutMs: CONNECT_TIMEOUT_MS, name: 'demo producer' });
    } catch (error) {
      failures.push(error);
    }
  }
  // A library's message could carry the url, and the url a password: only the cause has it.
  throw new Error('the message broker did not accept a connection', { cause: failures[0] });
}

function publishConfirmed(channel: ConfirmChannel, event: PlainEvent): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => end(new Error('the message broker did not confirm in time')),
      CONFIRM_TIMEOUT_MS,
    );
    // basic.return comes before the confirm of the same message.
    const onReturn = (message: { properties: { messageId?: unknown } }): void => {
      if (message.properties.messageId !== event.idempotencyKey) return;
      end(new Error(`no queue is bound to the exchange ${event.exchange}`));
    };
    const onClose = (): void => end(new Error(`the message broker closed the channel to ${event.exchange}`));
    const end = (error?: Error): void => {
      clearTimeout(timer);
      channel.off('return', onReturn).off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    channel.on('return', onReturn).on('close', onClose);
    const options = {
      contentType: 'application/json',
      messageId: event.idempotencyKey,
      headers: { tenant: event.tenant },
      persistent: true,
      mandatory: true,
    };
    channel.publish(
      event.exchange,
      event.type,
      Buffer.from(JSON.stringify(event.data)),
      options,
      (error: unknown) =>
        end(error ? new Error('the message broker refused the event', { cause: error }) : undefined),
    );
  });
}
