import { idBytes } from '../domain/ids';
import { keepRevisions } from './config-revisions';
import type { Database } from './database';

export interface EndpointSwitch {
  /** The tenant's new configuration version, or undefined when the endpoint is gone or not active any more. */
  disable(tenantId: string, endpointId: string, reason: string, at: Date): Promise<number | undefined>;
}

export function makeEndpointSwitch(database: Database): EndpointSwitch {
  return {
    disable: (tenantId, endpointId, reason, at) =>
      database.transaction(async (sql) => {
        const tenant = idBytes('tenant', tenantId);
        await sql.write(
          'update tenants set config_version = config_version + 1, updated_at = ? where id = ?',
          [at, tenant],
        );
        const [row] = await sql.rows<{ config_version: string }>(
          'select config_version from tenants where id = ?',
          [tenant],
        );
        const version = Number(row?.config_version ?? 0);
        const changed = await sql.write(
          `update endpoints set status = 'DISABLED', disabled_reason = ?, config_version = ?, updated_at = ?
           where id = ? and tenant_id = ? and status = 'ACTIVE' and deleted_at is null`,
          [reason, version, at, idBytes('endpoint', endpointId), tenant],
        );
        if (changed !== 1) return undefined;
        await keepRevisions((text, parameters) => sql.write(text, parameters), tenant, version, at);
        return version;
      }),
  };
}
