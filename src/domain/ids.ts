import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/**
 * TypeIDs (https://github.com/jetify-com/typeid, spec 0.3): `<prefix>_<26 characters of Crockford base32>` over
 * a UUIDv7. Inside Warren an id is its text; the database keeps the 16 bytes.
 */
export const ID_PREFIXES = {
  tenant: 'ten',
  apiKey: 'key',
  event: 'evt',
  delivery: 'dlv',
  endpoint: 'ep',
  subscription: 'sub',
  eventType: 'evtype',
  auditEntry: 'aud',
  replay: 'rpl',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUES = new Map(Array.from(ALPHABET).map((character, value) => [character, value]));
const ID_PATTERN = /^([a-z]{2,6})_([0-7][0-9a-hjkmnp-tv-z]{25})$/;

/** A new id, ordered by the time it was made. */
export function newId(kind: IdKind): string {
  return encodeId(kind, v7(undefined, new Uint8Array(16)));
}

/** Text form of 16 bytes. */
export function encodeId(kind: IdKind, bytes: Uint8Array): string {
  return `${ID_PREFIXES[kind]}_${encodeBase32(bytes)}`;
}

/** The 16 bytes of an id of the given kind, or undefined when the text is anything else. */
export function decodeId(kind: IdKind, id: string): Buffer | undefined {
  const match = ID_PATTERN.exec(id);
  if (match?.[1] !== ID_PREFIXES[kind]) return undefined;
  return decodeBase32(match[2] ?? '');
}

/** Like decodeId, for ids that Warren made itself: anything else is a programming error. */
export function idBytes(kind: IdKind, id: string): Buffer {
  const bytes = decodeId(kind, id);
  if (!bytes) throw new Error(`not an id of kind ${kind}: ${id.slice(0, 40)}`);
  return bytes;
}

/** Which noun a well-formed id names, or undefined. */
export function kindOfId(id: string): IdKind | undefined {
  const prefix = ID_PATTERN.exec(id)?.[1];
  return (Object.keys(ID_PREFIXES) as IdKind[]).find((kind) => ID_PREFIXES[kind] === prefix);
}

/** Milliseconds since the epoch that a UUIDv7 starts with. */
export function timeOfId(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 16).readUIntBE(0, 6);
}

/** The least 16 bytes that an id made at `atMs` or later can have: for ranges and partition bounds. */
export function idFloor(atMs: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.max(0, Math.floor(atMs)), 0, 6);
  return bytes;
}

/**
 * The id of the delivery of an event to a subscription: the event's time, then a hash of both. Routing an event
 * twice makes the same ids, so it inserts each delivery once, under one webhook-id.
 */
export function deliveryIdFor(eventId: string, subscriptionId: string): string {
  const event = idBytes('event', eventId);
  const hash = createHash('sha256').update(event).update(idBytes('subscription', subscriptionId)).digest();
  const bytes = Buffer.alloc(16);
  event.copy(bytes, 0, 0, 6);
  hash.copy(bytes, 6, 0, 10);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return encodeId('delivery', bytes);
}

/** 128 bits as 26 digits of 5 bits; the first digit carries 3. */
function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let pendingBits = 2; // two leading zero bits make 130 bits = 26 × 5
  for (let i = 0; i < 16; i++) {
    pending = (pending << 8) | (bytes[i] ?? 0);
    pendingBits += 8;
    while (pendingBits >= 5) {
      pendingBits -= 5;
      text += ALPHABET.charAt((pending >>> pendingBits) & 31);
    }
    pending &= (1 << pendingBits) - 1;
  }
  return text;
}

function decodeBase32(text: string): Buffer {
  const bytes = Buffer.alloc(16);
  let pending = 0;
  let pendingBits = -2;
  let offset = 0;
  for (const character of text) {
    pending = (pending << 5) | (VALUES.get(character) ?? 0);
    pendingBits += 5;
    if (pendingBits >= 8) {
      pendingBits -= 8;
      bytes[offset++] = (pending >>> pendingBits) & 255;
      pending &= (1 << pendingBits) - 1;
    }
  }
  return bytes;
}
