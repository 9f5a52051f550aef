import type { RoundPlace } from '../domain/round-place';
import { badUserInput } from './request-errors';

/**
 * Cursors, base64url of `k1:<id as hex>` for a place in a list and `s1:<tenant id>:<seq>` for one in a tenant's change
 * log, and `a1:<round>:<its time>`, with `:<tenant id>:<seq>` within a round, for one in the changes of all tenants. A list's cursor says nothing of whose it is: the list it is used on has its tenant from the caller.
 */
const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');

const MALFORMED = 'This is no cursor; give one that an earlier answer gave, as it was';

export const listCursor = (id: Buffer): string => encode(`k1:${id.toString('hex')}`);

/** The 16 bytes of the id. Throws BAD_USER_INPUT. */
export function readListCursor(cursor: string): Buffer {
  const hex = /^k1:([0-9a-f]{32})$/.exec(decode(cursor))?.[1];
  if (!hex) throw badUserInput(MALFORMED);
  return Buffer.from(hex, 'hex');
}

export const streamCursor = (tenantId: string, seq: number): string => encode(`s1:${tenantId}:${seq}`);

/** The place in the change log of this tenant. Throws BAD_USER_INPUT, in the same words for every cursor not theirs. */
export function readStreamCursor(cursor: string, tenantId: string): number {
  const match = /^s1:(ten_[0-9a-z]{26}):(\d{1,15})$/.exec(decode(cursor));
  if (!match) throw badUserInput(MALFORMED);
  if (match[1] !== tenantId) throw badUserInput('This cursor belongs to another stream');
  return Number(match[2]);
}

export function roundCursor({ round, within }: RoundPlace): string {
  const text = `a1:${round.number}:${round.atMs}`;
  return encode(within ? `${text}:${within.tenantId}:${within.seq}` : text);
}

/** The place in the changes of all tenants. Throws BAD_USER_INPUT. */
export function readRoundCursor(cursor: string): RoundPlace {
  const text = decode(cursor);
  const match = /^a1:(\d{1,15}):(\d{1,15})(?::(ten_[0-9a-z]{26}):(\d{1,15}))?$/.exec(text);
  if (!match && text.startsWith('s1:'))
    throw badUserInput('This cursor is of one tenant: choose that one with warren-tenant');
  if (!match) throw badUserInput(MALFORMED);
  const [, number, atMs, tenantId, seq] = match;
  const round = { number: Number(number), atMs: Number(atMs) };
  return tenantId === undefined ? { round } : { round, within: { tenantId, seq: Number(seq) } };
}
