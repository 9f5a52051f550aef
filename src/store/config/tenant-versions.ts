import { isAscii } from '../../domain/data/ascii';
import { decodeId, encodeId } from '../../domain/ids';
import type { Database } from '../database';

/** What whoever publishes for a tenant could count on, as committed now. */
export interface TenantVersion {
  tenantId: string;
  slug: string;
  configVersion: number;
  sharedCatalogVersion: number;
}

/** Tenants by slug and by id; unknown ones are left out. One statement. */
export async function readTenantVersions(
  database: Database,
  refs: readonly string[],
): Promise<Map<string, TenantVersion>> {
  const versions = new Map<string, TenantVersion>();
  const decoded = refs.map((ref) => decodeId('tenant', ref));
  const ids = decoded.filter((id) => id !== undefined);
  const slugs = refs.filter((_ref, index) => decoded[index] === undefined).filter(isAscii);
  const wanted = [
    ...(ids.length > 0 ? [{ sql: 'id in (?)', values: ids }] : []),
    ...(slugs.length > 0 ? [{ sql: 'slug in (?)', values: slugs }] : []),
  ];
  if (wanted.length === 0) return versions;
  const rows = await database.rows<{
    id: Buffer;
    slug: string;
    config: string | number;
    shared: string | number;
  }>(
    `select id, slug, config_version config, (select version from shared_catalog where id = 1) shared
     from tenants where (${wanted.map(({ sql }) => sql).join(' or ')}) and deleted_at is null`,
    wanted.map(({ values }) => values),
  );
  for (const row of rows) {
    const tenant = {
      tenantId: encodeId('tenant', row.id),
      slug: row.slug,
      configVersion: Number(row.config),
      sharedCatalogVersion: Number(row.shared),
    };
    versions.set(tenant.tenantId, tenant).set(tenant.slug, tenant);
  }
  return versions;
}
