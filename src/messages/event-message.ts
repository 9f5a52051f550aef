import { checkJsonBytes } from '../domain/data/json-bytes';
import { RESERVED_PREFIX, isEventType } from '../domain/routing/topic-pattern';
import type { RejectCode } from '../domain/errors';
import { isCloudEvent, readCloudEvent } from './cloud-event';
import { fault, isFault, type EventEnvelope, type Fault } from './event-envelope';
import { HEADERS, readExtras, readStamp, text, timeOf } from './event-headers';
import type { MessageProperties, Received } from './received';

export type EnvelopeResult =
  { ok: true; envelope: EventEnvelope } | { ok: false; code: RejectCode; reason: string };

export interface EnvelopeRules {
  maxEventBytes: number;
  /** How far ahead an event may be scheduled. */
  maxDelayMs: number;
  /** True when Warren itself made the message: only then may the type be a reserved one. */
  isSealed(message: Pick<Received, 'routingKey' | 'properties'>): boolean;
}

/** Total: any message is either an envelope or a reject code with a reason in words. Never throws. */
export function readEventMessage(
  message: Pick<Received, 'body' | 'routingKey' | 'properties'>,
  rules: EnvelopeRules,
): EnvelopeResult {
  const { body, routingKey, properties } = message;
  const found =
    checkSize(body, rules.maxEventBytes) ??
    checkType(message, rules) ??
    checkStamp(message, rules) ??
    (isCloudEvent(properties)
      ? readCloudEvent(body, routingKey, properties)
      : readNative(body, routingKey, properties));
  const checked = isFault(found) ? found : (checkDelay(found, rules.maxDelayMs) ?? found);
  return isFault(checked) ? { ok: false, ...checked } : { ok: true, envelope: checked };
}

function checkDelay({ deliverAt }: EventEnvelope, maxDelayMs: number): Fault | undefined {
  if (deliverAt === undefined || deliverAt.getTime() - Date.now() <= maxDelayMs) return undefined;
  return fault(
    'BAD_ENVELOPE',
    `the header \`deliver-at\` may be at most ${Math.floor(maxDelayMs / 86_400_000)} days from now`,
  );
}

function checkSize(body: Buffer, maxEventBytes: number): Fault | undefined {
  if (body.length <= maxEventBytes) return undefined;
  return fault(
    'TOO_LARGE',
    `the body has ${body.length} bytes, more than the ${maxEventBytes} that are allowed`,
  );
}

function checkType(
  message: Pick<Received, 'routingKey' | 'properties'>,
  rules: EnvelopeRules,
): Fault | undefined {
  const type = message.routingKey;
  if (!isEventType(type)) {
    return fault(
      'BAD_TYPE',
      'the routing key must be dot-separated segments of letters, digits, _ and -, at most 200 bytes',
    );
  }
  if (`${type}.`.startsWith(RESERVED_PREFIX) && !rules.isSealed(message)) {
    return fault('BAD_TYPE', 'event types that begin with warren. are published by Warren alone');
  }
  return undefined;
}

/** Only Warren's own ingest may say which id an event has, and what its publisher could count on. */
function checkStamp(
  message: Pick<Received, 'routingKey' | 'properties'>,
  rules: EnvelopeRules,
): Fault | undefined {
  if (message.properties.headers[HEADERS.eventId] === undefined || rules.isSealed(message)) return undefined;
  return fault('BAD_ENVELOPE', 'the headers that begin with warren- are Warren’s own; leave them out');
}

function readNative(body: Buffer, type: string, properties: MessageProperties): EventEnvelope | Fault {
  const tenantRef = text(properties.headers[HEADERS.tenant]);
  if (!tenantRef) return fault('NO_TENANT', 'the header `tenant` (a slug or a ten_ id, as text) is missing');
  const json = checkJsonBytes(body);
  if (!json.ok) return fault('BAD_JSON', json.reason);
  const extras = readExtras(properties.headers);
  if (isFault(extras)) return extras;
  const stamp = readStamp(properties.headers);
  if (isFault(stamp)) return stamp;
  return {
    tenantRef,
    type,
    data: body,
    parsed: json.value,
    ...extras,
    ...(stamp ? { stamp } : {}),
    ...(properties.messageId ? { idempotencyKey: properties.messageId } : {}),
    ...timeOf(properties.timestamp),
  };
}
