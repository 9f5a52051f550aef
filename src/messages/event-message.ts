import { decodeId } from '../domain/ids';
import { checkJsonBytes } from '../domain/data/json-bytes';
import { LIMITS } from '../domain/limits';
import { isStorable, parseTimestamp } from '../domain/timestamp';
import { RESERVED_PREFIX, isEventType } from '../domain/routing/topic-pattern';
import { readTraceparent } from '../domain/request/traceparent';
import type { RejectCode } from '../domain/errors';
import { isCloudEvent, readCloudEvent } from './cloud-event';
import type { MessageProperties, Received } from './received';

/** An event as it came in, before its tenant is known to exist. */
export interface EventEnvelope {
  /** Slug or ten_ id. */
  tenantRef: string;
  type: string;
  version?: number;
  /** The producer's JSON, byte for byte. */
  data: Buffer;
  /** The same, parsed: once, on the way in. */
  parsed: unknown;
  occurredAt?: Date;
  idempotencyKey?: string;
  orderingKey?: string;
  deliverAt?: Date;
  traceparent?: string;
  /** Set when Warren's own ingest accepted the event and has told somebody its id. */
  stamp?: EventStamp;
}

export interface EventStamp {
  eventId: string;
  receivedAt: Date;
  /** To the millisecond, which the timestamp property of AMQP has not. */
  occurredAt: Date;
  /** The tenant's configuration that the publisher could count on. */
  configVersion: number;
  /** The same of the shared event types. */
  sharedCatalogVersion: number;
}

export type EnvelopeResult =
  { ok: true; envelope: EventEnvelope } | { ok: false; code: RejectCode; reason: string };

export const HEADERS = {
  tenant: 'tenant',
  version: 'version',
  orderingKey: 'ordering-key',
  deliverAt: 'deliver-at',
  traceparent: 'traceparent',
  eventId: 'warren-event-id',
  receivedAt: 'warren-received-at',
  occurredAt: 'warren-occurred-at',
  configVersion: 'warren-config-version',
  sharedCatalogVersion: 'warren-catalog-version',
  seal: 'warren-seal',
} as const;

export interface Fault {
  code: RejectCode;
  reason: string;
}
export const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' && value !== null && 'code' in value && 'reason' in value;

const fault = (code: RejectCode, reason: string): Fault => ({ code, reason });

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
  if (!tenantRef) return fault('NO_TENANT', 'the header `tenant` (a slug or a ten_ id) is missing');
  const json = checkJsonBytes(body);
  if (!json.ok) return fault('BAD_JSON', json.reason);
  const extras = readExtras(properties.headers);
  if (isFault(extras)) return extras;
  return {
    tenantRef,
    type,
    data: body,
    parsed: json.value,
    ...extras,
    ...(properties.messageId ? { idempotencyKey: properties.messageId } : {}),
    ...timeOf(properties.timestamp),
  };
}

/** The optional headers that native messages and CloudEvents share. */
export function readExtras(headers: Record<string, unknown>): Partial<EventEnvelope> | Fault {
  const extras: Partial<EventEnvelope> = {};
  const version = headers[HEADERS.version];
  if (version !== undefined) {
    const number = numberOf(version);
    if (!Number.isInteger(number) || number < 1 || number > 1_000_000) {
      return fault('BAD_ENVELOPE', 'the header `version` must be a whole number from 1');
    }
    extras.version = number;
  }
  const orderingKey = headers[HEADERS.orderingKey];
  if (orderingKey !== undefined && orderingKey !== '') {
    if (typeof orderingKey !== 'string' || orderingKey.length > LIMITS.orderingKeyLength) {
      return fault(
        'BAD_ENVELOPE',
        `the header \`ordering-key\` must be text of at most ${LIMITS.orderingKeyLength} characters`,
      );
    }
    extras.orderingKey = orderingKey;
  }
  const deliverAt = headers[HEADERS.deliverAt];
  if (deliverAt !== undefined) {
    const at = parseTimestamp(text(deliverAt) ?? '');
    if (!at) return fault('BAD_ENVELOPE', 'the header `deliver-at` must be an RFC 3339 time');
    extras.deliverAt = at;
  }
  const traceparent = readTraceparent(headers[HEADERS.traceparent]);
  if (traceparent !== undefined) extras.traceparent = traceparent;
  const stamp = readStamp(headers);
  if (isFault(stamp)) return stamp;
  if (stamp) extras.stamp = stamp;
  return extras;
}

function readStamp(headers: Record<string, unknown>): EventStamp | Fault | undefined {
  const eventId = text(headers[HEADERS.eventId]);
  if (eventId === undefined) return undefined;
  const receivedAt = new Date(numberOf(headers[HEADERS.receivedAt]));
  const occurredAt = new Date(numberOf(headers[HEADERS.occurredAt]));
  const configVersion = numberOf(headers[HEADERS.configVersion]);
  const sharedCatalogVersion = numberOf(headers[HEADERS.sharedCatalogVersion] ?? 0);
  const times = [receivedAt, occurredAt].every(isStorable);
  const versions = [configVersion, sharedCatalogVersion].every(Number.isInteger);
  if (!decodeId('event', eventId) || !times || !versions) {
    return fault('BAD_ENVELOPE', 'the headers that begin with warren- are Warren’s own; leave them out');
  }
  return { eventId, receivedAt, occurredAt, configVersion, sharedCatalogVersion };
}

/** AMQP timestamps are seconds; some clients write milliseconds. 1e11 seconds would be the year 5138. */
function timeOf(timestamp: number | undefined): { occurredAt?: Date } {
  if (timestamp === undefined || !Number.isFinite(timestamp) || timestamp <= 0) return {};
  const at = new Date(timestamp < 1e11 ? timestamp * 1000 : timestamp);
  return isStorable(at) ? { occurredAt: at } : {};
}

/** Header values are typed in AMQP, and some types (tables, say) cannot even be turned into a number. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
    ? Number(value)
    : Number.NaN;
}

/** Header values are typed in AMQP; only text counts as text, and nothing empty does. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
