import { hash } from 'node:crypto';
import { encodeId, idBytes } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import { chunks } from './chunks';
import type { Sql } from './database';

const KEY_LIFETIME_MS = LIMITS.idempotencyHours * 3_600_000;

/** "This event is the one with this key." */
export interface KeyClaim {
  tenant: Buffer;
  hash: Buffer;
  eventId: string;
}

/** Takes each key, or says who has it. A key past its lifetime is free again. */
export async function claimKeys(sql: Sql, claims: readonly KeyClaim[], at: Date): Promise<string[]> {
  const expiresAt = new Date(at.getTime() + KEY_LIFETIME_MS);
  const inserted = await sql.write(
    'insert ignore into idempotency_keys (tenant_id, key_hash, event_id, expires_at) values ?',
    [claims.map(({ tenant, hash, eventId }) => [tenant, hash, idBytes('event', eventId), expiresAt])],
  );
  if (inserted === claims.length) return claims.map(({ eventId }) => eventId);
  const owners: string[] = [];
  for (const part of chunks(claims)) {
    const rows = await sql.rows<{ tenant_id: Buffer; key_hash: Buffer; event_id: Buffer; expires_at: Date }>(
      `select tenant_id, key_hash, event_id, expires_at from idempotency_keys where (tenant_id, key_hash) in (?) for update`,
      [part.map(({ tenant, hash }) => [tenant, hash])],
    );
    const found = new Map(
      rows.map((row) => [row.tenant_id.toString('hex') + row.key_hash.toString('hex'), row]),
    );
    for (const claim of part) {
      const row = found.get(claim.tenant.toString('hex') + claim.hash.toString('hex'));
      if (row && row.expires_at <= at) {
        await sql.write(
          'update idempotency_keys set event_id = ?, expires_at = ? where tenant_id = ? and key_hash = ?',
          [idBytes('event', claim.eventId), expiresAt, claim.tenant, claim.hash],
        );
        owners.push(claim.eventId);
      } else owners.push(row ? encodeId('event', row.event_id) : claim.eventId);
    }
  }
  return owners;
}

export function keyHash(key: string): Buffer {
  return hash('sha256', key, 'buffer').subarray(0, 16);
}
