import type { ChannelModel, Message } from 'amqplib';
import type { Socket } from 'node:net';
import { withDeadline } from '../runtime/with-deadline';
import type { Client } from './client-pool';
import type { DestinationRequest } from './destination';
import { timedOut, type Failure } from './http/http-failure';
import { watchConfirms } from './watch-confirms';

const CLOSE_MS = 2000;
const BLOCKED_SECONDS = 30;

export interface AmqpTarget {
  /** Null: the event's type. */
  routingKey: string | null;
  vhost: string;
  exchange: string;
}

export interface AmqpClient extends Client {
  publish(target: AmqpTarget, request: DestinationRequest): Promise<Failure | Throttle | undefined>;
}

interface Pending {
  resolve: (failure?: Failure | Throttle) => void;
  reject: (error: Error) => void;
}

interface Throttle {
  error: 'THROTTLED';
  errorDetail: string;
  retryAfterSeconds: number;
}

export async function makeAmqpClient(model: ChannelModel): Promise<AmqpClient> {
  /** By the broker's number: one delivery may be sent again while its first message still waits for its confirm. */
  const pending = new Map<number, Pending>();
  let isOpen = true;
  let blockedBecause: string | undefined;

  function fail(error: Error): void {
    isOpen = false;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  }
  const lost = () => fail(Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' }));
  const settle = (id: number, failure?: Failure): void => {
    pending.get(id)?.resolve(failure);
    pending.delete(id);
  };

  model.on('error', fail);
  model.on('close', lost);
  model.on('blocked', (reason: string) => {
    blockedBecause = reason;
    // It reads nothing until the alarm is over, so what it has not confirmed by now would only time out. It may still
    // take it then: the message that is sent again has the same id.
    for (const { resolve } of pending.values()) resolve(throttled(reason));
    pending.clear();
  });
  model.on('unblocked', () => (blockedBecause = undefined));
  const channel = await model.createConfirmChannel();
  channel.on('error', fail);
  channel.on('close', lost);
  // The broker returns a message before it confirms it.
  channel.on('return', ({ properties, fields }: Message) =>
    settle(Number(properties.correlationId), {
      error: 'UNROUTABLE',
      errorDetail: `No queue is bound to take it (${String((fields as { replyText?: unknown }).replyText)}).`,
    }),
  );
  const confirms = watchConfirms(channel, {
    // The library keeps it for as long as the channel is open: what comes next gets another connection, and this one
    // is closed when nothing is under way on it any more.
    onLate(number, timeoutMs) {
      isOpen = false;
      settle(number, timedOut(timeoutMs, 0));
    },
    onForged: () => socketOf(model).destroy(new Error('the broker confirms what it was not sent')),
  });

  return {
    isOpen: () => isOpen,
    close: () => closeInTime(model),
    publish({ exchange, routingKey }, { headers, body, timeoutMs }) {
      if (blockedBecause !== undefined) return Promise.resolve(throttled(blockedBecause));
      const { 'content-type': contentType = '', 'webhook-id': messageId = '', ...rest } = headers;
      const type = headers['warren-event-type'] ?? '';
      return new Promise((resolve, reject) => {
        const number = confirms.expect(timeoutMs);
        pending.set(number, { resolve, reject });
        const correlationId = String(number);
        const properties = { contentType, messageId, correlationId, type, persistent: true, mandatory: true };
        channel.publish(
          exchange,
          routingKey ?? type,
          body,
          {
            ...properties,
            timestamp: Number(headers['webhook-timestamp']),
            headers: { ...rest, 'webhook-id': messageId },
          },
          (error: unknown) =>
            settle(
              number,
              error
                ? { error: 'REFUSED', errorDetail: 'The broker took no charge of the message.' }
                : undefined,
            ),
        );
      });
    },
  };
}

/** Closing waits for the broker's answer, which one that is gone never gives. */
export async function closeInTime(model: ChannelModel): Promise<void> {
  await withDeadline(
    Promise.resolve().then(() => model.close()),
    CLOSE_MS,
  ).catch(() => undefined);
  socketOf(model).destroy();
}

/** The library has its socket here, though its types do not say so. */
export const socketOf = (model: ChannelModel): Socket =>
  (model.connection as unknown as { stream: Socket }).stream;

const throttled = (reason: string): Throttle => ({
  error: 'THROTTLED',
  errorDetail: `The broker takes no messages for now: ${reason.slice(0, 200)}.`,
  retryAfterSeconds: BLOCKED_SECONDS,
});
