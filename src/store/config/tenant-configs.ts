import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import { isAscii } from '../../domain/data/ascii';
import { decodeId, encodeId, idBytes } from '../../domain/ids';
import { atOnce } from '../../domain/pieces';
import type { EndpointSettings, SubscriptionSettings } from '../../domain/nouns';
import type { KeyRing } from '../../runtime/key-ring';
import type { MaybePromise } from '../../runtime/maybe-promise';
import type { TakeTurns } from '../../runtime/turn-taking';
import type { Database } from '../database';
import { emptyConfig, type MutableConfig, type TenantConfig } from './tenant-config';
import { readEndpointSettings, readSubscriptionSettings, type ChangedRow } from './tenant-config-rows';
import { applySubscriptions, compileFilters, type Filters, type OnBadFilter } from './tenant-filters';

export interface TenantConfigs {
  /**
   * The tenant by slug or ten_ id, at `atLeastVersion` or newer; undefined when there is no such tenant. Answers from
   * memory where it can.
   */
  find(tenantRef: string, atLeastVersion?: number): MaybePromise<TenantConfig | undefined>;
  /** The same from memory alone. */
  peek(tenantRef: string, atLeastVersion: number): TenantConfig | undefined;
  /** "Tenant T is now at version V": read anew when next asked for. */
  noteVersion(tenantId: string, version: number): void;
  /** Compares every cached tenant with the database, for announcements that were lost. One statement. */
  poll(): Promise<void>;
}

const MAX_TENANTS = 10_000;
const MAX_CACHED_NAMES = 20_000;
/** How long "no such tenant" is believed. */
const ABSENT_MS = 1000;

interface Entry {
  config: MutableConfig;
  /** The newest version heard of. */
  knownVersion: number;
  loading?: Promise<void>;
}

interface Changes {
  tenant: { version: number; allowedNetworks: string[] } | undefined;
  endpoints: readonly ChangedRow<EndpointSettings>[];
  subscriptions: readonly ChangedRow<SubscriptionSettings>[];
}

export function makeTenantConfigs(
  database: Database,
  keyRing: KeyRing,
  inTurns: TakeTurns,
  onBadFilter: OnBadFilter,
): TenantConfigs {
  const entries = new LRUCache<string, Entry>({ max: MAX_TENANTS });
  const idsByName = new LRUCache<string, string>({ max: MAX_CACHED_NAMES });
  const absent = new LRUCache<string, true>({ max: MAX_CACHED_NAMES, ttl: ABSENT_MS });
  const finding = new Map<string, Promise<Entry | undefined>>();

  async function lookUp(tenantRef: string): Promise<Entry | undefined> {
    const bytes = decodeId('tenant', tenantRef);
    const sql = `select id, slug from tenants where ${bytes ? 'id' : 'slug'} = ? and deleted_at is null`;
    const [row] = isAscii(tenantRef)
      ? await database.rows<{ id: Buffer; slug: string }>(sql, [bytes ?? tenantRef])
      : [];
    if (!row) {
      absent.set(tenantRef, true);
      return undefined;
    }
    const id = encodeId('tenant', row.id);
    idsByName.set(tenantRef, id);
    let entry = entries.get(id);
    if (!entry) entries.set(id, (entry = { config: emptyConfig(id, row.slug), knownVersion: 0 }));
    return entry;
  }

  /** Concurrent askers share one look-up. */
  function findEntry(tenantRef: string): Promise<Entry | undefined> {
    let running = finding.get(tenantRef);
    if (!running) {
      running = lookUp(tenantRef).finally(() => finding.delete(tenantRef));
      finding.set(tenantRef, running);
    }
    return running;
  }

  /**
   * Reads the rows that changed since the version in memory, all as of one moment: `version` is then exactly what the
   * rows are, and an event routed by them can be explained by the history of that version.
   */
  async function catchUp(config: MutableConfig): Promise<void> {
    const { tenantId, version: since } = config;
    const changes = await database.source.transaction('REPEATABLE READ', async (manager) => ({
      tenant: await readTenant(manager, tenantId),
      endpoints: await readEndpointSettings(manager, keyRing, tenantId, since),
      subscriptions: await readSubscriptionSettings(manager, tenantId, since),
    }));
    const filters = await inTurns(tenantId, compileFilters(changes.subscriptions, onBadFilter));
    config.isChanging = true;
    try {
      // An event that is half matched goes on with what it began with.
      while (config.matching > 0) await new Promise<void>((resolve) => config.whenMatched.push(resolve));
      await apply(config, changes, filters);
    } finally {
      config.isChanging = false;
    }
  }

  async function apply(config: MutableConfig, changes: Changes, filters: Filters): Promise<void> {
    for (const { id, settings } of changes.endpoints) {
      if (settings) config.endpoints.set(id, settings);
      else config.endpoints.delete(id);
    }
    // Nobody reads a tenant that is new here before it is complete; others change at once.
    const applying = applySubscriptions(config, changes.subscriptions, filters);
    if (config.version === 0) await inTurns(config.tenantId, applying);
    else atOnce(applying);
    config.allowedNetworks = changes.tenant?.allowedNetworks ?? [];
    config.version = changes.tenant?.version ?? config.version;
  }

  async function refresh(entry: Entry, atLeastVersion: number): Promise<void> {
    while (!isFresh(entry, atLeastVersion)) {
      entry.loading ??= catchUp(entry.config).finally(() => delete entry.loading);
      const before = entry.config.version;
      await entry.loading;
      entry.knownVersion = Math.max(entry.knownVersion, entry.config.version);
      // A version that the database does not have (yet) is nothing to wait for.
      if (entry.config.version === before) break;
    }
  }

  const isFresh = (entry: Entry, atLeastVersion: number): boolean =>
    entry.config.version > 0 && entry.config.version >= Math.max(atLeastVersion, entry.knownVersion);

  function peek(tenantRef: string, atLeastVersion: number): TenantConfig | undefined {
    const entry = entries.get(tenantRef) ?? entries.get(idsByName.get(tenantRef) ?? '');
    return entry && isFresh(entry, atLeastVersion) ? entry.config : undefined;
  }

  async function read(tenantRef: string, atLeastVersion: number): Promise<TenantConfig | undefined> {
    if (absent.has(tenantRef)) return undefined;
    const id = idsByName.get(tenantRef);
    const entry = (id === undefined ? undefined : entries.get(id)) ?? (await findEntry(tenantRef));
    if (!entry) return undefined;
    if (!isFresh(entry, atLeastVersion)) await refresh(entry, atLeastVersion);
    return entries.has(entry.config.tenantId) ? entry.config : undefined;
  }

  return {
    peek,

    find: (tenantRef, atLeastVersion = 0) =>
      peek(tenantRef, atLeastVersion) ?? read(tenantRef, atLeastVersion),

    noteVersion(tenantId, version) {
      const entry = entries.get(tenantId);
      if (entry) entry.knownVersion = Math.max(entry.knownVersion, version);
      else absent.clear();
    },

    async poll() {
      const cached = [...entries.keys()];
      if (cached.length === 0) return;
      const rows = await database.rows<{ id: Buffer; config_version: string }>(
        'select id, config_version from tenants where id in (?) and deleted_at is null',
        [cached.map((id) => idBytes('tenant', id))],
      );
      const versions = new Map(rows.map((row) => [encodeId('tenant', row.id), Number(row.config_version)]));
      for (const id of cached) {
        const version = versions.get(id);
        const entry = entries.peek(id);
        if (version === undefined) entries.delete(id);
        else if (entry) entry.knownVersion = Math.max(entry.knownVersion, version);
      }
    },
  };
}

async function readTenant(manager: EntityManager, tenantId: string) {
  const [tenant] = await manager.query<{ config_version: string; allowed_networks: string | null }[]>(
    'select config_version, allowed_networks from tenants where id = ?',
    [idBytes('tenant', tenantId)],
  );
  if (!tenant) return undefined;
  const allowedNetworks = JSON.parse(tenant.allowed_networks ?? '[]') as string[];
  return { version: Number(tenant.config_version), allowedNetworks };
}
