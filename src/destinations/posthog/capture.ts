import { stringify } from 'uuid';
import { decodeId } from '../../domain/ids';
import type { Payload, PayloadEvent } from '../../domain/data/payload';
import type { DestinationRequest } from '../destination';

/** One event as PostHog takes it. */
export interface Capture {
  json: Buffer;
  /** Milliseconds since the epoch, when its attempt has lasted too long. */
  endsAtMs: number;
}

/** Of the delivery's id a uuid: PostHog takes events of one uuid once. */
export function captureOf({ headers, body, timeoutMs }: DestinationRequest): Capture {
  const id = decodeId('delivery', headers['webhook-id'] ?? '');
  const end = id ? `,"uuid":"${stringify(id)}"}` : '}';
  return { json: Buffer.concat([body.subarray(0, -1), Buffer.from(end)]), endsAtMs: Date.now() + timeoutMs };
}

/**
 * The event's type with its data as properties, of nobody in particular. Data with a `distinct_id` (a subscription's
 * transform makes it so) says whose event it is, and may name it (`event`) and its `properties` itself.
 */
export function posthogPayload({ type, data, occurredAt, tenantSlug = 'events' }: PayloadEvent): Payload {
  const text = data.toString('utf8');
  const value: unknown = JSON.parse(text);
  const timestamp = occurredAt.toISOString();
  const body = isCapture(value)
    ? JSON.stringify({ event: type, timestamp, ...value, ...NOT_THEIRS })
    : `${JSON.stringify({ event: type, distinct_id: `warren:${tenantSlug}`, timestamp }).slice(0, -1)},"properties":${anonymous(value, text)}}`;
  return { contentType: 'application/json', body: Buffer.from(body) };
}

/** Which project, and which delivery: not for data to say. */
const NOT_THEIRS = { api_key: undefined, token: undefined, uuid: undefined };

const isCapture = (value: unknown): value is { distinct_id: string } =>
  typeof value === 'object' &&
  value !== null &&
  'distinct_id' in value &&
  typeof value.distinct_id === 'string';

/** Without a person there is no profile to keep. The data stays as it was written, numbers beyond 2^53 too. */
function anonymous(value: unknown, text: string): string {
  const head = '{"$process_person_profile":false';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${head},"data":${text}}`;
  const members = text.trim().slice(1);
  return Object.keys(value).length === 0 ? `${head}}` : `${head},${members}`;
}
