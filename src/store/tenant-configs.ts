import { LRUCache } from 'lru-cache';
import type { DataSource } from 'typeorm';
import { decodeId, encodeId, idBytes } from '../domain/ids';
import type { EndpointSettings, SubscriptionSettings } from '../domain/nouns';
import { TopicIndex } from '../domain/topic-pattern';
import type { KeyRing } from '../runtime/key-ring';
import type { Database } from './database';
import { readEndpointSettings, readSubscriptionSettings } from './tenant-config-rows';

/** A tenant's endpoints and subscriptions in memory, as of one version of its configuration. */
export interface TenantConfig {
  readonly tenantId: string;
  readonly slug: string;
  readonly version: number;
  readonly endpoints: ReadonlyMap<string, EndpointSettings>;
  readonly subscriptions: ReadonlyMap<string, SubscriptionSettings>;
  /** Every enabled subscription whose patterns match the type, each once. */
  subscribersOf(type: string): SubscriptionSettings[];
}

export interface TenantConfigs {
  /**
   * The tenant by slug or ten_ id, at `atLeastVersion` or newer; undefined when there is no such tenant. Answers from
   * memory where it can.
   */
  find(tenantRef: string, atLeastVersion?: number): Promise<TenantConfig | undefined>;
  /** From memory alone: the hot path's way. */
  peek(tenantId: string, atLeastVersion: number): TenantConfig | undefined;
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

interface MutableConfig extends TenantConfig {
  version: number;
  endpoints: Map<string, EndpointSettings>;
  subscriptions: Map<string, SubscriptionSettings>;
  topics: TopicIndex<SubscriptionSettings>;
}

export function makeTenantConfigs(database: Database, keyRing: KeyRing): TenantConfigs {
  const entries = new LRUCache<string, Entry>({ max: MAX_TENANTS });
  const idsByName = new LRUCache<string, string>({ max: MAX_CACHED_NAMES });
  const absent = new LRUCache<string, true>({ max: MAX_CACHED_NAMES, ttl: ABSENT_MS });
  const finding = new Map<string, Promise<Entry | undefined>>();

  async function lookUp(tenantRef: string): Promise<Entry | undefined> {
    const bytes = decodeId('tenant', tenantRef);
    const [row] = await database.rows<{ id: Buffer; slug: string }>(
      `select id, slug from tenants where ${bytes ? 'id' : 'slug'} = ? and deleted_at is null`,
      [bytes ?? tenantRef],
    );
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

  async function refresh(entry: Entry, atLeastVersion: number): Promise<void> {
    while (!isFresh(entry, atLeastVersion)) {
      entry.loading ??= catchUp(database.source, keyRing, entry.config).finally(() => delete entry.loading);
      const before = entry.config.version;
      await entry.loading;
      entry.knownVersion = Math.max(entry.knownVersion, entry.config.version);
      // A version that the database does not have (yet) is nothing to wait for.
      if (entry.config.version === before) break;
    }
  }

  const isFresh = (entry: Entry, atLeastVersion: number): boolean =>
    entry.config.version > 0 && entry.config.version >= Math.max(atLeastVersion, entry.knownVersion);

  return {
    async find(tenantRef, atLeastVersion = 0) {
      if (absent.has(tenantRef)) return undefined;
      const id = idsByName.get(tenantRef);
      const entry = (id === undefined ? undefined : entries.get(id)) ?? (await findEntry(tenantRef));
      if (!entry) return undefined;
      if (!isFresh(entry, atLeastVersion)) await refresh(entry, atLeastVersion);
      return entries.has(entry.config.tenantId) ? entry.config : undefined;
    },

    peek(tenantId, atLeastVersion) {
      const entry = entries.get(tenantId);
      return entry && isFresh(entry, atLeastVersion) ? entry.config : undefined;
    },

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

function emptyConfig(tenantId: string, slug: string): MutableConfig {
  const topics = new TopicIndex<SubscriptionSettings>();
  return {
    tenantId,
    slug,
    version: 0,
    endpoints: new Map(),
    subscriptions: new Map(),
    topics,
    subscribersOf: (type) => [...topics.match(type)],
  };
}

/** Reads only the rows that changed since the version in memory. */
async function catchUp(source: DataSource, keyRing: KeyRing, config: MutableConfig): Promise<void> {
  const { tenantId, version: since } = config;
  const [tenant] = await source.query<{ config_version: string }[]>(
    'select config_version from tenants where id = ?',
    [idBytes('tenant', tenantId)],
  );
  const [endpoints, subscriptions] = await Promise.all([
    readEndpointSettings(source, keyRing, tenantId, since),
    readSubscriptionSettings(source, tenantId, since),
  ]);
  for (const { id, settings } of endpoints) {
    if (settings) config.endpoints.set(id, settings);
    else config.endpoints.delete(id);
  }
  for (const { id, settings } of subscriptions) {
    const before = config.subscriptions.get(id);
    if (before) for (const pattern of before.eventTypes) config.topics.remove(pattern, before);
    config.subscriptions.delete(id);
    if (!settings) continue;
    config.subscriptions.set(id, settings);
    if (settings.enabled) for (const pattern of settings.eventTypes) config.topics.add(pattern, settings);
  }
  // Read before the rows: they may be newer than this says, and then are read once more, which does no harm.
  config.version = Number(tenant?.config_version ?? since);
}
