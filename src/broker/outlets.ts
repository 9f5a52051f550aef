import type { RejectCode } from '../domain/errors';
import { shardOf } from '../domain/delivery/shards';
import { encodeChange, changeRoutingKey, type DeliveryChange } from '../messages/delivery-change';
import { encodeControl, type ControlMessage } from '../messages/control';
import { encodeDue, type DeliveryDue } from '../messages/delivery-due';
import type { MessageProperties, Received } from '../messages/received';
import type { Publisher } from './publisher';
import { REPLAY_KEY, dueKey, shardedRung, type ExchangeName } from './topology';

/** Each kind of message that leaves this process, and the exchange it leaves by. */
export interface Outlets {
  sendEvent(message: { routingKey: string; body: Buffer; options: object }): Promise<void>;
  sendDue(due: DeliveryDue): Promise<void>;
  /** The same by the slower way: after whatever is new. */
  sendReplayed(due: DeliveryDue): Promise<void>;
  sendToRung(rungName: string, due: DeliveryDue): Promise<void>;
  sendToDeadLetters(due: DeliveryDue, lastError: string): Promise<void>;
  reject(message: Received, code: RejectCode, reason: string): Promise<void>;
  announceChange(change: DeliveryChange): void;
  announceControl(message: ControlMessage): void;
  sendThroughTunnel(routingKey: string, body: Buffer): void;
}

const DUE_TYPE = 'application/vnd.warren.due';

/** @param shards over how many queues deliveries are spread */
export function makeOutlets(publisher: Publisher, namespace: string, shards: number): Outlets {
  const to = (exchange: ExchangeName): string => `${namespace}.${exchange}`;
  const confirmed = (
    exchange: ExchangeName,
    routingKey: string,
    body: Buffer,
    options: object = {},
  ): Promise<void> => publisher.publish({ exchange: to(exchange), routingKey, body, options });

  return {
    sendEvent: ({ routingKey, body, options }) => confirmed('events', routingKey, body, options),
    sendDue: (due) =>
      confirmed('deliveries', dueKey(shardOf(due.endpointId, shards)), encodeDue(due), {
        contentType: DUE_TYPE,
      }),
    sendReplayed: (due) => confirmed('deliveries', REPLAY_KEY, encodeDue(due), { contentType: DUE_TYPE }),
    sendToRung(rungName, due) {
      const shard = shardOf(due.endpointId, shards);
      if (shard === 0) return confirmed('retry', rungName, encodeDue(due), { contentType: DUE_TYPE });
      // Two keys: the rung's takes it onto the ladder, the shard's is for the way back.
      return confirmed('retry', dueKey(shard), encodeDue(due), {
        contentType: DUE_TYPE,
        CC: shardedRung(rungName),
      });
    },
    sendToDeadLetters: (due, lastError) =>
      confirmed('dead', due.type, due.data, {
        contentType: 'application/json',
        messageId: due.id,
        headers: {
          tenant: due.tenantId,
          'delivery-id': due.id,
          'event-id': due.eventId,
          'endpoint-id': due.endpointId,
          attempts: due.attempt,
          'last-error': lastError,
          // True when the event is too large to ride along: the body is empty, the API has the data.
          'data-left-out': due.stored,
        },
      }),
    reject: (message, code, reason) =>
      confirmed('rejected', message.routingKey, message.body, {
        ...(message.properties.contentType === undefined
          ? {}
          : { contentType: message.properties.contentType }),
        ...(message.properties.messageId === undefined ? {} : { messageId: message.properties.messageId }),
        ...timestampOf(message.properties),
        headers: { ...copyableHeaders(message.properties.headers), 'reason-code': code, reason },
      }),
    announceChange: (change) =>
      publisher.hintIfHeard({
        exchange: to('status'),
        routingKey: changeRoutingKey(change),
        body: () => encodeChange(change),
        options: { contentType: 'application/json' },
      }),
    announceControl: (message) =>
      publisher.hint({ exchange: to('control'), routingKey: '', body: encodeControl(message) }),
    sendThroughTunnel: (routingKey, body) => publisher.hint({ exchange: to('tunnel'), routingKey, body }),
  };
}

/** When it happened: whoever publishes a parked message again keeps that. Beyond 53 bits the client library cannot write it. */
const timestampOf = ({ timestamp }: MessageProperties): { timestamp?: number } =>
  timestamp !== undefined && Number.isSafeInteger(timestamp) && timestamp >= 0 ? { timestamp } : {};

const MAX_HEADER_BYTES = 32 * 1024;

/**
 * The producer's headers as far as they can be sent again. Those that begin with `x-` are between a client and the
 * broker; copied, they would tell the broker things. What the client library reads but cannot write (NaN, typed
 * values) is left out, and all of them when they are too large beside ours for one frame.
 */
function copyableHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  const copied = Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => !name.startsWith('x-') && isPlain(value)),
  );
  return Buffer.byteLength(JSON.stringify(copied)) <= MAX_HEADER_BYTES ? copied : {};
}

function isPlain(value: unknown): boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}
