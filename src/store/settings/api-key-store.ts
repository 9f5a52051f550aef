import { In, IsNull } from 'typeorm';
import { newId } from '../../domain/ids';
import { isScope } from '../../domain/scopes';
import type { ApiKey, TenantScope } from '../../domain/settings';
import type { Database } from '../database';
import { ApiKeyRow } from '../entities/api-key';

export interface NewApiKey extends Pick<ApiKey, 'tenantId' | 'name' | 'prefix' | 'scopes' | 'expiresAt'> {
  /** SHA-256 of the whole key: the key itself is nowhere. */
  hash: Buffer;
}

export function makeApiKeyStore(database: Database) {
  const rows = database.source.getRepository(ApiKeyRow);
  const within = (scope: TenantScope) => (scope === null ? {} : { tenantId: scope });

  return {
    /** For authentication, where the scope is what is being found out. Revoked keys are not found. */
    async findByHash(hash: Buffer): Promise<ApiKey | undefined> {
      const row = await rows.findOne({ where: { hash, revokedAt: IsNull() } });
      return row ? toApiKey(row) : undefined;
    },

    /** For authentication, by a session that the key made. Revoked keys are not found. */
    async findLive(id: string): Promise<ApiKey | undefined> {
      const row = await rows.findOne({ where: { id, revokedAt: IsNull() } });
      return row ? toApiKey(row) : undefined;
    },

    /** The keys of these tenants that still work or have expired, newest first. */
    async ofTenants(scope: TenantScope, tenantIds: readonly string[]): Promise<ApiKey[]> {
      const wanted = tenantIds.filter((id) => scope === null || scope === id);
      if (wanted.length === 0) return [];
      const found = await rows.find({
        where: { tenantId: In(wanted), revokedAt: IsNull() },
        order: { id: 'DESC' },
      });
      return found.map(toApiKey);
    },

    async countOf(tenantId: TenantScope): Promise<number> {
      return rows.count({ where: { tenantId: tenantId ?? IsNull(), revokedAt: IsNull() } });
    },

    async create({ hash, ...key }: NewApiKey, at: Date): Promise<ApiKey> {
      const id = newId('apiKey');
      await rows.insert({ ...key, id, hash, lastUsedAt: null, revokedAt: null, createdAt: at });
      return { ...key, id, lastUsedAt: null, createdAt: at };
    },

    /** False when there is no such key, or it is revoked already. */
    async revoke(scope: TenantScope, id: string, at: Date): Promise<boolean> {
      const result = await rows.update({ id, revokedAt: IsNull(), ...within(scope) }, { revokedAt: at });
      return result.affected === 1;
    },

    async noteUse(id: string, at: Date): Promise<void> {
      await rows.update({ id }, { lastUsedAt: at });
    },
  };
}

function toApiKey({
  id,
  tenantId,
  name,
  prefix,
  scopes,
  lastUsedAt,
  expiresAt,
  createdAt,
}: ApiKeyRow): ApiKey {
  return { id, tenantId, name, prefix, scopes: scopes.filter(isScope), lastUsedAt, expiresAt, createdAt };
}
