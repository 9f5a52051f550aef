import { idBytes } from '../../domain/ids';
import { keepRevisions } from '../config/config-revisions';
import type { Database } from '../database';

export interface EndpointSwitch {
  /** The tenant's new configuration version, or undefined when the endpoint is gone or not active any more. */
  disable(tenantId: string, endpointId: string, reason: string, at: Date): Promise<number | undefined>;
  /** The first of nothing but failures was then; null: it has succeeded since. */
  markFailing(
    tenantId: string,
    endpointId: string,
    since: Date | null,
    at: Date,
  ): Promise<number | undefined>;
}

export function makeEndpointSwitch(database: Database): EndpointSwitch {
  /** The tenant's row first: changes of one tenant happen one after another (see config-change.ts). */
  const change = (
    { tenantId, endpointId, at }: { tenantId: string; endpointId: string; at: Date },
    columns: string,
    condition: string,
    values: unknown[],
  ): Promise<number | undefined> =>
    database.transaction(async (sql) => {
      const tenant = idBytes('tenant', tenantId);
      await sql.write('update tenants set config_version = config_version + 1, updated_at = ? where id = ?', [
        at,
        tenant,
      ]);
      const [row] = await sql.rows<{ config_version: string }>(
        'select config_version from tenants where id = ?',
        [tenant],
      );
      const version = Number(row?.config_version ?? 0);
      const changed = await sql.write(
        `update endpoints set ${columns}, config_version = ? where id = ? and tenant_id = ? and deleted_at is null
           and ${condition}`,
        [...values, version, idBytes('endpoint', endpointId), tenant],
      );
      if (changed !== 1) return undefined;
      await keepRevisions((text, parameters) => sql.write(text, parameters), tenant, version, at);
      return version;
    });

  return {
    disable: (tenantId, endpointId, reason, at) =>
      change(
        { tenantId, endpointId, at },
        `status = 'DISABLED', disabled_reason = ?, failing_since = null, updated_at = ?`,
        `status = 'ACTIVE'`,
        [reason, at],
      ),
    markFailing: (tenantId, endpointId, since, at) =>
      change(
        { tenantId, endpointId, at },
        'failing_since = ?',
        since ? 'failing_since is null' : 'failing_since is not null',
        [since],
      ),
  };
}
