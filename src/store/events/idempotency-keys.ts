import { hash } from 'node:crypto';
import { encodeId, idBytes } from '../../domain/ids';
import { LIMITS } from '../../domain/limits';
import type { WarrenEvent } from '../../domain/nouns';
import { chunks } from '../chunks';
import type { Sql } from '../database';

const KEY_LIFETIME_MS = LIMITS.idempotencyHours * 3_600_000;

/** "This event is the one with this key." */
export interface KeyClaim {
  tenant: Buffer;
  hash: Buffer;
  eventId: string;
}

/** What says under which id an event counts. */
export type Keyed = Pick<WarrenEvent, 'id' | 'tenantId' | 'idempotencyKey'>;

/**
 * The id under which each event counts: its own, or that of the first event with its idempotency key. Keys are claimed
 * in sorted order, or two routers would deadlock.
 */
export async function resolveIds(
  events: readonly Keyed[],
  claim: (claims: readonly KeyClaim[]) => Promise<string[]>,
): Promise<string[]> {
  const ids = events.map(({ id }) => id);
  const claims = new Map<string, KeyClaim & { indexes: number[] }>();
  for (const [index, { id, tenantId, idempotencyKey }] of events.entries()) {
    if (idempotencyKey === undefined) continue;
    const hash = keyHash(idempotencyKey);
    const slot = `${tenantId}${hash.toString('hex')}`;
    const known = claims.get(slot);
    if (known) known.indexes.push(index);
    else claims.set(slot, { tenant: idBytes('tenant', tenantId), hash, eventId: id, indexes: [index] });
  }
  if (claims.size === 0) return ids;
  const sorted = [...claims].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  const owners = await claim(sorted);
  for (const [position, { eventId, indexes }] of sorted.entries()) {
    for (const index of indexes) ids[index] = owners[position] ?? eventId;
  }
  return ids;
}

/** Takes all of these keys, when nobody has one of them: then they belong to whoever claims them. */
export async function takeNewKeys(
  sql: Sql,
  claims: readonly KeyClaim[],
  at: Date,
): Promise<string[] | undefined> {
  const inserted = await sql.write(
    'insert ignore into idempotency_keys (tenant_id, key_hash, event_id, expires_at) values ?',
    [claims.map(({ tenant, hash, eventId }) => [tenant, hash, idBytes('event', eventId), expiryOf(at)])],
  );
  return inserted === claims.length ? claims.map(({ eventId }) => eventId) : undefined;
}

/**
 * Takes each key, or says who has it. A key past its lifetime is free again. Nothing is locked that was only looked at:
 * the insert leaves shared locks on keys that there are, and of several who then asked for more, all but one would fail.
 */
export async function claimKeys(sql: Sql, claims: readonly KeyClaim[], at: Date): Promise<string[]> {
  const taken = await takeNewKeys(sql, claims, at);
  if (taken) return taken;
  const owners: string[] = [];
  for (const part of chunks(claims)) {
    const found = await readKeys(sql, part);
    for (const claim of part) {
      const row = found.get(slotOf(claim.tenant, claim.hash));
      const isExpired = row !== undefined && row.expires_at <= at;
      if (isExpired && !(await takeOver(sql, claim, row.expires_at, at))) return claimKeys(sql, claims, at);
      owners.push(row && !isExpired ? encodeId('event', row.event_id) : claim.eventId);
    }
  }
  return owners;
}

interface KeyRow {
  tenant_id: Buffer;
  key_hash: Buffer;
  event_id: Buffer;
  expires_at: Date;
}

const slotOf = (tenant: Buffer, keyHash: Buffer): string => tenant.toString('hex') + keyHash.toString('hex');

async function readKeys(sql: Sql, claims: readonly KeyClaim[]): Promise<Map<string, KeyRow>> {
  const rows = await sql.rows<KeyRow>(
    'select tenant_id, key_hash, event_id, expires_at from idempotency_keys where (tenant_id, key_hash) in (?)',
    [claims.map(({ tenant, hash }) => [tenant, hash])],
  );
  return new Map(rows.map((row) => [slotOf(row.tenant_id, row.key_hash), row]));
}

/** False when somebody else was first. */
async function takeOver(sql: Sql, claim: KeyClaim, expiredAt: Date, at: Date): Promise<boolean> {
  const taken = await sql.write(
    `update idempotency_keys set event_id = ?, expires_at = ?
     where tenant_id = ? and key_hash = ? and expires_at = ?`,
    [idBytes('event', claim.eventId), expiryOf(at), claim.tenant, claim.hash, expiredAt],
  );
  return taken === 1;
}

const expiryOf = (at: Date): Date => new Date(at.getTime() + KEY_LIFETIME_MS);

export function keyHash(key: string): Buffer {
  return hash('sha256', key, 'buffer').subarray(0, 16);
}
