import type { EntityManager } from 'typeorm';
import { idBytes } from '../../domain/ids';
import type { TenantScope } from '../../domain/settings';
import { changeConfig, type ConfigChange } from '../config/config-change';
import type { Database } from '../database';

/** Whose an entry is, as the column has it: sixteen zeros are everybody's. */
export const EVERYBODY = Buffer.alloc(16);
export const ownerBytes = (owner: TenantScope): Buffer =>
  owner === null ? EVERYBODY : idBytes('tenant', owner);

/**
 * The one way to change the catalog. A tenant's own entries are part of its configuration; the shared ones have a counter
 * of their own, whose row is locked first, so that changes happen one after another.
 */
export function changeCatalog<T>(
  database: Database,
  owner: TenantScope,
  at: Date,
  work: (manager: EntityManager, version: number) => Promise<T>,
): Promise<ConfigChange<T>> {
  if (owner !== null) return changeConfig(database, owner, at, work);
  return database.source.transaction('READ COMMITTED', async (manager) => {
    await manager.query('update shared_catalog set version = version + 1 where id = 1');
    const version = await readSharedVersion((sql) => manager.query(sql));
    return { version, value: await work(manager, version) };
  });
}

export async function readSharedVersion(
  rows: (sql: string) => Promise<{ version: number | string }[]>,
): Promise<number> {
  const [row] = await rows('select version from shared_catalog where id = 1');
  return Number(row?.version ?? 0);
}
