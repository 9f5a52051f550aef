import { LRUCache } from 'lru-cache';
import type { CatalogHead, TenantCatalog, VersionHead } from '../../domain/schema/catalog';
import { encodeId, idBytes } from '../../domain/ids';
import type { TenantScope } from '../../domain/settings';
import type { MaybePromise } from '../../runtime/maybe-promise';
import { ownerBytes, readSharedVersion } from './catalog-change';
import type { Database } from '../database';

/**
 * What the stages know of the catalog: the heads of a tenant's entries and of the shared ones, in memory. A tenant's own
 * are as fresh as the version of its configuration that the asker names; the shared ones have a version of their own,
 * which rides on messages, is announced, and is polled. Schemas themselves are read when they are needed.
 */
export interface CatalogHeads {
  /** At these versions or newer. Answers from memory where it can. */
  find(tenantId: string, configVersion: number, sharedVersion: number): MaybePromise<TenantCatalog>;
  /** "The shared catalog is now at version V": read anew when next asked for. */
  noteShared(version: number): void;
  /** Compares with the database, for announcements that were lost. One statement. */
  poll(): Promise<void>;
}

const MAX_TENANTS = 10_000;

interface Shelf {
  owner: TenantScope;
  version: number;
  knownVersion: number;
  grants: ReadonlySet<string>;
  heads: Map<string, CatalogHead>;
  loading?: Promise<void>;
}

const emptyShelf = (owner: TenantScope): Shelf => ({
  owner,
  version: 0,
  knownVersion: 0,
  grants: new Set(),
  heads: new Map(),
});

export function makeCatalogHeads(database: Database): CatalogHeads {
  const shared = emptyShelf(null);
  const shelves = new LRUCache<string, Shelf>({ max: MAX_TENANTS });

  const isFresh = (shelf: Shelf, atLeast: number): boolean =>
    shelf.version > 0 && shelf.version >= Math.max(atLeast, shelf.knownVersion);

  async function refresh(shelf: Shelf, atLeast: number): Promise<void> {
    while (!isFresh(shelf, atLeast)) {
      const before = shelf.version;
      shelf.loading ??= catchUp(database, shelf).finally(() => delete shelf.loading);
      await shelf.loading;
      shelf.knownVersion = Math.max(shelf.knownVersion, shelf.version);
      // A version that the database does not have (yet) is nothing to wait for.
      if (shelf.version === before) break;
    }
  }

  async function readCatalog(
    own: Shelf,
    configVersion: number,
    sharedVersion: number,
  ): Promise<TenantCatalog> {
    if (!isFresh(own, configVersion)) await refresh(own, configVersion);
    if (!isFresh(shared, sharedVersion)) await refresh(shared, sharedVersion);
    return catalogOf(own);
  }

  const catalogOf = ({ heads, grants }: Shelf): TenantCatalog => ({
    grants,
    entryOf: (type) => heads.get(type) ?? shared.heads.get(type),
  });

  return {
    find(tenantId, configVersion, sharedVersion) {
      let own = shelves.get(tenantId);
      if (!own) shelves.set(tenantId, (own = emptyShelf(tenantId)));
      return isFresh(own, configVersion) && isFresh(shared, sharedVersion)
        ? catalogOf(own)
        : readCatalog(own, configVersion, sharedVersion);
    },

    noteShared: (version) => void (shared.knownVersion = Math.max(shared.knownVersion, version)),

    async poll() {
      const version = await readSharedVersion((sql) => database.rows(sql));
      shared.knownVersion = Math.max(shared.knownVersion, version);
    },
  };
}

/** Reads only what changed since the version in memory. Entries are never deleted. */
async function catchUp(database: Database, shelf: Shelf): Promise<void> {
  // Read before the rows: they may be newer than this says, and then are read once more, which does no harm.
  const { version, grants } = await readOwner(database, shelf);
  const rows = await database.rows<HeadRow>(
    `select t.id, t.name, t.required_scope, t.archived, t.revision, v.version, v.deprecated,
       v.schema_text is not null has_schema
     from event_types t join event_type_versions v on v.event_type_id = t.id
     where t.owner_id = ? and t.revision > ? order by t.id, v.version`,
    [ownerBytes(shelf.owner), shelf.version],
  );
  const changed = new Map<string, CatalogHead & { versions: VersionHead[] }>();
  for (const row of rows) {
    const head = changed.get(row.name) ?? toHead(row);
    changed.set(row.name, head);
    head.versions.push({
      version: row.version,
      deprecated: Boolean(row.deprecated),
      hasSchema: Boolean(row.has_schema),
    });
  }
  for (const [name, head] of changed) shelf.heads.set(name, head);
  shelf.grants = grants;
  shelf.version = version;
}

async function readOwner(
  database: Database,
  { owner, version, grants }: Shelf,
): Promise<{ version: number; grants: ReadonlySet<string> }> {
  if (owner === null) return { version: await readSharedVersion((sql) => database.rows(sql)), grants };
  const [row] = await database.rows<{ config_version: number | string; scopes: string }>(
    'select config_version, scopes from tenants where id = ?',
    [idBytes('tenant', owner)],
  );
  if (!row) return { version, grants };
  return { version: Number(row.config_version), grants: new Set(JSON.parse(row.scopes) as string[]) };
}

interface HeadRow {
  id: Buffer;
  name: string;
  required_scope: string | null;
  archived: number;
  revision: number | string;
  version: number;
  deprecated: number;
  has_schema: number;
}

const toHead = (row: HeadRow): CatalogHead & { versions: VersionHead[] } => ({
  id: encodeId('eventType', row.id),
  name: row.name,
  requiredScope: row.required_scope,
  archived: Boolean(row.archived),
  revision: Number(row.revision),
  versions: [],
});
