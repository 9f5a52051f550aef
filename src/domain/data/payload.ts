import { createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { PayloadFormat, SignatureScheme, WarrenEvent } from '../nouns';
import { parseSecret } from '../request/webhook-secret';

/**
 * The body of a delivery. The producer's `data` is put between other bytes and never parsed and printed again:
 * numbers beyond 2^53, repeated keys and whitespace reach the receiver as they were written. The body depends on the
 * event, the format and (EMBEDDED_SIGNATURE) the newest secret only, so every attempt of a delivery makes the same.
 */
export interface PayloadEvent extends Pick<WarrenEvent, 'id' | 'type' | 'version' | 'data' | 'occurredAt'> {
  tenantSlug?: string;
}

export interface Payload {
  contentType: string;
  body: Buffer;
  /** That belong to this form of the event. */
  headers?: Record<string, string>;
}

/** What a kind of destination makes of an event in place of the endpoint's format; undefined: just that format. */
export type OwnPayload = (url: string, event: PayloadEvent, format: PayloadFormat) => Payload | undefined;

const CLOSE = Buffer.from('}');

/**
 * Whether endpoints of this signature scheme may use this format. EMBEDDED_SIGNATURE names HMAC_SHA256 in the body
 * itself, so an ed25519 endpoint cannot have it: saving such an endpoint is refused with this rule.
 */
export function formatFits(format: PayloadFormat, scheme: SignatureScheme): boolean {
  return format !== 'EMBEDDED_SIGNATURE' || scheme === 'HMAC_SHA256';
}

/**
 * @param secret the endpoint's newest; only EMBEDDED_SIGNATURE uses it
 * Throws when EMBEDDED_SIGNATURE meets a secret that is not `whsec_…` (see `formatFits`), or data that has no
 * RFC 8785 form (a number beyond the range of a double).
 */
export function buildPayload(event: PayloadEvent, format: PayloadFormat, secret: string): Payload {
  switch (format) {
    case 'STANDARD':
      return { contentType: 'application/json', body: standardBody(event) };
    case 'CLOUDEVENTS':
      return { contentType: 'application/cloudevents+json', body: cloudEventsBody(event) };
    case 'EMBEDDED_SIGNATURE':
      return { contentType: 'application/json', body: embeddedBody(event, secret) };
  }
}

/** Standard Webhooks, "Payload structure". */
function standardBody({ type, occurredAt, data }: PayloadEvent): Buffer {
  const head = `{"type":${JSON.stringify(type)},"timestamp":"${occurredAt.toISOString()}","data":`;
  return Buffer.concat([Buffer.from(head), data, CLOSE]);
}

/** CloudEvents 1.0, JSON event format 1.0, structured mode. */
function cloudEventsBody({ id, type, occurredAt, data, tenantSlug = 'events' }: PayloadEvent): Buffer {
  const attributes = JSON.stringify({
    specversion: '1.0',
    id,
    source: `/warren/${tenantSlug}`,
    type,
    time: occurredAt.toISOString(),
    datacontenttype: 'application/json',
  });
  return Buffer.concat([Buffer.from(`${attributes.slice(0, -1)},"data":`), data, CLOSE]);
}

/**
 * The signature is HMAC-SHA256 over the RFC 8785 form of {event, timestamp, data}, keyed with the same bytes as the
 * `webhook-signature` header: what follows `whsec_`, base64-decoded. A receiver parses the body, removes `signature`,
 * canonicalizes the rest. Only the signed form goes through a parser; RFC 8785 reads numbers as doubles on both sides.
 */
function embeddedBody({ type, occurredAt, data }: PayloadEvent, secret: string): Buffer {
  const parsed = parseSecret(secret);
  if (!parsed.ok || !formatFits('EMBEDDED_SIGNATURE', parsed.scheme)) {
    throw new Error('EMBEDDED_SIGNATURE needs an HMAC_SHA256 secret (whsec_)');
  }
  const timestamp = occurredAt.toISOString();
  const signed = canonicalize({ event: type, timestamp, data: JSON.parse(data.toString('utf8')) as unknown });
  if (signed === undefined) throw new Error('the payload has no canonical form');
  const signature = createHmac('sha256', parsed.key).update(signed).digest('hex');

  const head = `{"event":${JSON.stringify(type)},"timestamp":"${timestamp}","data":`;
  return Buffer.concat([Buffer.from(head), data, Buffer.from(`,"signature":"HMAC_SHA256_${signature}"}`)]);
}
