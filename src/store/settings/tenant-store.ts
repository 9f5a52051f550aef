import { In, IsNull } from 'typeorm';
import { isAscii } from '../../domain/data/ascii';
import { decodeId, idBytes, newId } from '../../domain/ids';
import type { Page, PageRequest } from '../../domain/page';
import type { NewTenant, Tenant, TenantScope } from '../../domain/settings';
import { changeConfig, type ConfigChange } from '../config/config-change';
import { DUPLICATE_ENTRY, errorNumber, type Database } from '../database';
import { ApiKeyRow } from '../entities/api-key';
import { EndpointRow } from '../entities/endpoint';
import { InspectorRow } from '../entities/inspector';
import { SourceRow } from '../entities/source';
import { TenantRow } from '../entities/tenant';
import { WebhookSubscriptionRow } from '../entities/webhook-subscription';
import { idBounds, readPage } from '../lists/page';

/** Tenants as the API shows and changes them. What routing needs of them is in tenant-configs.ts. */
export function makeTenantStore(database: Database) {
  const rows = database.source.getRepository(TenantRow);
  const within = (scope: TenantScope) => (scope === null ? {} : { id: scope });
  const mayTouch = (scope: TenantScope, id: string) => scope === null || scope === id;

  async function findBy(where: { id?: string; slug?: string }): Promise<Tenant | undefined> {
    const row = await rows.findOne({ where: { ...where, deletedAt: IsNull() } });
    return row ? toTenant(row) : undefined;
  }

  return {
    /** By slug or ten_ id. */
    async find(scope: TenantScope, ref: string): Promise<Tenant | undefined> {
      if (!isAscii(ref)) return undefined;
      const tenant = await findBy(decodeId('tenant', ref) ? { id: ref } : { slug: ref });
      return tenant && mayTouch(scope, tenant.id) ? tenant : undefined;
    },

    /** Deleted ones too: their events and deliveries stay on record for a while. */
    async byIds(scope: TenantScope, ids: readonly string[]): Promise<Tenant[]> {
      const wanted = ids.filter((id) => mayTouch(scope, id));
      return wanted.length === 0 ? [] : (await rows.find({ where: { id: In(wanted) } })).map(toTenant);
    },

    async list(scope: TenantScope, page: PageRequest): Promise<Page<Tenant>> {
      const found = await readPage(page, (order, take) =>
        rows.find({
          where: [{ deletedAt: IsNull(), ...idBounds('tenant', page), ...within(scope) }],
          order: { id: order },
          take,
        }),
      );
      return { ...found, items: found.items.map(toTenant) };
    },

    count: (scope: TenantScope): Promise<number> =>
      rows.count({ where: { deletedAt: IsNull(), ...within(scope) } }),

    /** How often the configuration of each has changed; of those that are gone, nothing. */
    async configVersions(ids: readonly string[]): Promise<Map<string, number>> {
      const found = await rows.find({
        select: { id: true, configVersion: true },
        where: { id: In([...ids]), deletedAt: IsNull() },
      });
      return new Map(found.map(({ id, configVersion }) => [id, configVersion]));
    },

    /** Undefined when the slug is taken. The change log starts to count with the tenant. */
    async create(tenant: NewTenant, at: Date): Promise<Tenant | undefined> {
      const id = newId('tenant');
      try {
        await database.source.transaction(async (manager) => {
          await manager.insert(TenantRow, { ...tenant, id, configVersion: 1, createdAt: at, updatedAt: at });
          await manager.query('insert into tenant_counters (tenant_id, seq) values (?, 0)', [
            idBytes('tenant', id),
          ]);
        });
      } catch (error) {
        if (errorNumber(error) === DUPLICATE_ENTRY) return undefined;
        throw error;
      }
      return { ...tenant, id, createdAt: at, deletedAt: null };
    },

    /** A change of the configuration like any other: routing asks what a tenant has been granted. */
    async update(
      scope: TenantScope,
      id: string,
      changes: Partial<Omit<NewTenant, 'slug'>>,
      at: Date,
    ): Promise<ConfigChange<Tenant | undefined>> {
      if (!mayTouch(scope, id)) return undefined;
      const change = await changeConfig(database, id, at, (manager) =>
        manager.update(TenantRow, { id, deletedAt: IsNull() }, { ...changes, updatedAt: at }),
      );
      return change && { version: change.version, value: await findBy({ id }) };
    },

    /**
     * Ends the tenant: its endpoints, subscriptions, sources and inspectors go, its keys stop working, its slug is free again. What it has
     * on record stays until retention drops it. Undefined when there is no such tenant.
     */
    async remove(
      scope: TenantScope,
      id: string,
      at: Date,
    ): Promise<{ version: number; revokedKeyIds: string[] } | undefined> {
      if (!mayTouch(scope, id)) return undefined;
      const change = await changeConfig(database, id, at, async (manager, configVersion) => {
        const gone = { deletedAt: at, updatedAt: at, configVersion };
        await manager.update(WebhookSubscriptionRow, { tenantId: id, deletedAt: IsNull() }, gone);
        await manager.update(EndpointRow, { tenantId: id, deletedAt: IsNull() }, gone);
        await manager.update(
          SourceRow,
          { tenantId: id, deletedAt: IsNull() },
          { deletedAt: at, updatedAt: at },
        );
        await manager.update(InspectorRow, { tenantId: id }, { expiresAt: at });
        const keys = await manager.find(ApiKeyRow, {
          select: { id: true },
          where: { tenantId: id, revokedAt: IsNull() },
        });
        await manager.update(ApiKeyRow, { tenantId: id, revokedAt: IsNull() }, { revokedAt: at });
        await manager.query('update tenants set deleted_at = ?, slug = concat(slug, ?) where id = ?', [
          at,
          `~${id.slice(-FREED_SLUG_SUFFIX)}`,
          idBytes('tenant', id),
        ]);
        return keys.map((key) => key.id);
      });
      return change && { version: change.version, revokedKeyIds: change.value };
    },
  };
}

/** The end of an id is random: two deleted tenants of one name do not meet. No slug that people choose has a `~`. */
const FREED_SLUG_SUFFIX = 12;

function toTenant({ id, slug, name, scopes, allowedNetworks, createdAt, deletedAt }: TenantRow): Tenant {
  return { id, slug, name, scopes, allowedNetworks: allowedNetworks ?? [], createdAt, deletedAt };
}
