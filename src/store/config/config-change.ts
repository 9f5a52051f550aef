import type { EntityManager } from 'typeorm';
import { idBytes } from '../../domain/ids';
import { keepRevisions } from './config-revisions';
import type { Database } from '../database';

/** What a change of a tenant's configuration left behind; undefined when the tenant is gone. */
export type ConfigChange<T> = { version: number; value: T } | undefined;

/**
 * The one way to change a tenant's endpoints and subscriptions. The tenant's row is locked first, so changes of one
 * tenant happen one after another; `work` writes the version it is given into every row it touches. A cache that has
 * read version n has then seen every row up to n. What the rows were at each version is kept for routing's history.
 */
export async function changeConfig<T>(
  database: Database,
  tenantId: string,
  at: Date,
  work: (manager: EntityManager, version: number) => Promise<T>,
): Promise<ConfigChange<T>> {
  const tenant = idBytes('tenant', tenantId);
  return database.source.transaction('READ COMMITTED', async (manager) => {
    const raised = await manager.query<{ affectedRows: number }>(
      'update tenants set config_version = config_version + 1, updated_at = ? where id = ? and deleted_at is null',
      [at, tenant],
    );
    if (raised.affectedRows !== 1) return undefined;
    const [row] = await manager.query<{ config_version: number | string }[]>(
      'select config_version from tenants where id = ?',
      [tenant],
    );
    const version = Number(row?.config_version);
    const value = await work(manager, version);
    await keepRevisions((sql, parameters) => manager.query(sql, parameters), tenant, version, at);
    return { version, value };
  });
}
