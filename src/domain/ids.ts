import { hash } from 'node:crypto';
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
  source: 'src',
  inspector: 'ins',
  inspectedRequest: 'req',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const NO_DIGIT = 255;
/** By character code, because every id is read several times on its way. */
const VALUES = new Uint8Array(128).fill(NO_DIGIT);
for (const [value, character] of Array.from(ALPHABET).entries()) VALUES[character.charCodeAt(0)] = value;
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
  const prefix = ID_PREFIXES[kind];
  const start = prefix.length + 1;
  if (id.length !== start + DIGITS || !id.startsWith(prefix) || id[prefix.length] !== '_') return undefined;
  return decodeBase32(id, start);
}

/** Of what a tenant sets up there is little, and its ids are read with every delivery. */
const remembered: Partial<Record<IdKind, Map<string, Buffer>>> = {
  tenant: new Map(),
  endpoint: new Map(),
  subscription: new Map(),
};
const MAX_REMEMBERED = 10_000;

/** Like decodeId, for ids that Warren made itself: anything else is a programming error. Not to be written into. */
export function idBytes(kind: IdKind, id: string): Buffer {
  const ofKind = remembered[kind];
  const known = ofKind?.get(id);
  if (known) return known;
  const bytes = decodeId(kind, id);
  if (!bytes) throw new Error(`not an id of kind ${kind}: ${id.slice(0, 40)}`);
  if (ofKind && ofKind.size >= MAX_REMEMBERED) ofKind.clear();
  ofKind?.set(id, bytes);
  return bytes;
}

/** Which noun a well-formed id names, or undefined. */
export function kindOfId(id: string): IdKind | undefined {
  const prefix = ID_PATTERN.exec(id)?.[1];
  return (Object.keys(ID_PREFIXES) as IdKind[]).find((kind) => ID_PREFIXES[kind] === prefix);
}

/** Milliseconds since the epoch that a UUIDv7 starts with. */
export function timeOfId(bytes: Uint8Array): number {
  const at = (index: number): number => bytes[index] ?? 0;
  return (at(0) * 256 + at(1)) * 2 ** 32 + at(2) * 2 ** 24 + (at(3) << 16) + (at(4) << 8) + at(5);
}

/** The same of a well-formed id, whose first ten digits it is. */
export function timeOfText(kind: IdKind, id: string): number {
  const start = ID_PREFIXES[kind].length + 1;
  let atMs = 0;
  for (let at = start; at < start + TIME_DIGITS; at++) atMs = atMs * 32 + (VALUES[id.charCodeAt(at)] ?? 0);
  return atMs;
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
  const both = Buffer.concat([event, idBytes('subscription', subscriptionId)]);
  const digest = hash('sha256', both, 'buffer');
  const bytes = Buffer.alloc(16);
  event.copy(bytes, 0, 0, 6);
  digest.copy(bytes, 6, 0, 10);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return encodeId('delivery', bytes);
}

/** 128 bits as 26 digits of 5 bits; the first digit carries 3. */
const DIGITS = 26;
/** The 48 bits of the time, and those two. */
const TIME_DIGITS = 10;

const DIGIT_CODES = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
/** Text is made of it at once: put together digit by digit it costs twice as much. */
const digits = Buffer.alloc(DIGITS);

function encodeBase32(bytes: Uint8Array): string {
  let count = 0;
  let pending = 0;
  let pendingBits = 2; // two leading zero bits make 130 bits = 26 × 5
  for (let i = 0; i < 16; i++) {
    pending = (pending << 8) | (bytes[i] ?? 0);
    pendingBits += 8;
    while (pendingBits >= 5) {
      pendingBits -= 5;
      digits[count++] = DIGIT_CODES[(pending >>> pendingBits) & 31] ?? 0;
    }
    pending &= (1 << pendingBits) - 1;
  }
  return digits.toString('latin1');
}

/** The 26 digits from `start`, or undefined when one is no digit or the first is too large. */
function decodeBase32(text: string, start: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(16);
  let pending = 0;
  let pendingBits = -2;
  let offset = 0;
  for (let at = start; at < start + DIGITS; at++) {
    const value = VALUES[text.charCodeAt(at)] ?? NO_DIGIT;
    if (value === NO_DIGIT || (at === start && value > 7)) return undefined;
    pending = (pending << 5) | value;
    pendingBits += 5;
    if (pendingBits >= 8) {
      pendingBits -= 8;
      bytes[offset++] = (pending >>> pendingBits) & 255;
      pending &= (1 << pendingBits) - 1;
    }
  }
  return bytes;
}
