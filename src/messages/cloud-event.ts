import { createHash } from 'node:crypto';
import { checkJsonBytes, rawMember } from '../domain/data/json-bytes';
import { LIMITS } from '../domain/limits';
import { parseTimestamp } from '../domain/timestamp';
import { isFault, type EventEnvelope, type Fault } from './event-envelope';
import { HEADERS, readExtras, text, timeOf } from './event-headers';
import type { MessageProperties } from './received';

/**
 * CloudEvents 1.0 over AMQP (spec repository, bindings/amqp-protocol-binding.md): structured mode carries the whole
 * event as `application/cloudevents+json`, binary mode carries attributes in headers and the data in the body. The
 * binding names the header prefix `cloudEvents:`; `cloudEvents_` is its form for JMS.
 */
const STRUCTURED = 'application/cloudevents+json';
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Batches, and event formats other than JSON: taken as native they would be events that nobody meant. */
const OTHER_FORMAT = 'application/cloudevents';
const PREFIXES = ['cloudEvents:', 'cloudEvents_'];
/** In binary mode, one of these is there. */
const MARKS = PREFIXES.map((prefix) => `${prefix}specversion`);

type Attributes = Record<string, unknown>;

export function isCloudEvent(properties: MessageProperties): boolean {
  return hasType(properties, OTHER_FORMAT) || MARKS.some((mark) => properties.headers[mark] !== undefined);
}

const hasType = ({ contentType }: MessageProperties, prefix: string): boolean =>
  contentType?.toLowerCase().startsWith(prefix) ?? false;

export function readCloudEvent(
  body: Buffer,
  type: string,
  properties: MessageProperties,
): EventEnvelope | Fault {
  const parsed = hasType(properties, OTHER_FORMAT)
    ? readStructured(body, properties)
    : readBinary(body, properties);
  if (isFault(parsed)) return parsed;
  return toEnvelope(parsed.attributes, parsed.data, type, properties);
}

function readStructured(
  body: Buffer,
  properties: MessageProperties,
): { attributes: Attributes; data: Buffer } | Fault {
  if (!hasType(properties, STRUCTURED)) {
    return {
      code: 'BAD_ENVELOPE',
      reason: `of structured CloudEvents only ${STRUCTURED} is taken: one event a message, as JSON`,
    };
  }
  const json = checkJsonBytes(body);
  if (!json.ok) return { code: 'BAD_JSON', reason: json.reason };
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return { code: 'BAD_ENVELOPE', reason: 'a structured CloudEvent is a JSON object' };
  }
  const attributes = withoutNulls(json.value);
  if (attributes.data_base64 !== undefined) {
    // The JSON format has either; one of two would be lost.
    if (attributes.data !== undefined) {
      return { code: 'BAD_ENVELOPE', reason: 'a CloudEvent has `data` or `data_base64`, not both' };
    }
    // Buffer.from skips what is no base64 without a word, and another event would go on.
    if (typeof attributes.data_base64 !== 'string' || !BASE64.test(attributes.data_base64)) {
      return { code: 'BAD_ENVELOPE', reason: 'the member `data_base64` must be text in base64' };
    }
    return { attributes, data: Buffer.from(attributes.data_base64, 'base64') };
  }
  return { attributes, data: rawMember(body, 'data') ?? Buffer.from('null') };
}

/** In the JSON format null is the same as left out. */
const withoutNulls = (event: object): Attributes =>
  Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null));

function readBinary(body: Buffer, properties: MessageProperties): { attributes: Attributes; data: Buffer } {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(properties.headers)) {
    const prefix = PREFIXES.find((candidate) => name.startsWith(candidate));
    if (prefix) attributes[name.slice(prefix.length)] = value;
  }
  return { attributes, data: body };
}

function toEnvelope(
  attributes: Attributes,
  data: Buffer,
  type: string,
  properties: MessageProperties,
): EventEnvelope | Fault {
  const bad = (reason: string): Fault => ({ code: 'BAD_ENVELOPE', reason });
  if (attributes.specversion !== '1.0') return bad('the attribute `specversion` must be 1.0');
  const id = text(attributes.id);
  const source = text(attributes.source);
  if (!id || !source) return bad('the attributes `id` and `source` are required, as text');
  if (attributes.type !== type) {
    return { code: 'BAD_TYPE', reason: 'the attribute `type` must equal the routing key' };
  }
  const tenantRef = text(attributes.tenant) ?? text(properties.headers.tenant);
  if (!tenantRef)
    return {
      code: 'NO_TENANT',
      reason: 'the extension attribute `tenant` (a slug or a ten_ id, as text) is missing',
    };
  const json = checkJsonBytes(data);
  if (!json.ok) return { code: 'BAD_JSON', reason: `in data: ${json.reason}` };
  const occurredAt = readTime(attributes.time);
  if (occurredAt === 'bad') return bad('the attribute `time` must be an RFC 3339 time');
  const extras = readExtras({ ...attributes, ...withHyphens(attributes), ...properties.headers });
  if (isFault(extras)) return extras;
  return {
    tenantRef,
    type,
    data,
    parsed: json.value,
    ...extras,
    idempotencyKey: keyOf(source, id),
    ...(occurredAt ? { occurredAt } : {}),
  };
}

/** The name of an attribute has letters and digits alone: those of our headers that have a hyphen are given without it. */
function withHyphens({ orderingkey, deliverat }: Attributes): Attributes {
  return {
    ...(orderingkey === undefined ? {} : { [HEADERS.orderingKey]: orderingkey }),
    ...(deliverat === undefined ? {} : { [HEADERS.deliverAt]: deliverat }),
  };
}

/** `source` and `id` together are unique (CloudEvents 1.0 section "id"). */
function keyOf(source: string, id: string): string {
  // A source may end in what an id begins with; its length keeps the two apart.
  const key = `${source.length}:${source}#${id}`;
  return key.length <= LIMITS.idempotencyKeyLength ? key : createHash('sha256').update(key).digest('hex');
}

/** RFC 3339, or in binary mode AMQP's own timestamp, whose seconds the client library wraps so that it is known for one. */
function readTime(value: unknown): Date | 'bad' | undefined {
  if (value === undefined) return undefined;
  if (isAmqpTimestamp(value)) return timeOf(value.value).occurredAt ?? 'bad';
  return parseTimestamp(text(value) ?? '') ?? 'bad';
}

const isAmqpTimestamp = (value: unknown): value is { '!': 'timestamp'; value: number } =>
  typeof value === 'object' &&
  value !== null &&
  '!' in value &&
  value['!'] === 'timestamp' &&
  'value' in value &&
  typeof value.value === 'number';
