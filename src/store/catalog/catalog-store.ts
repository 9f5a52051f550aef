import type { EntityManager } from 'typeorm';
import type { CatalogEntry, CatalogVersion } from '../../domain/schema/catalog';
import { isAscii } from '../../domain/data/ascii';
import { encodeId, idBytes, newId } from '../../domain/ids';
import { stringifyJson } from '../../runtime/json-text';
import { LIMITS } from '../../domain/limits';
import type { Page, PageRequest } from '../../domain/page';
import type { TenantScope } from '../../domain/settings';
import { EVERYBODY, changeCatalog, ownerBytes } from './catalog-change';
import { ownOrShared, readCatalogPage } from './catalog-page';
import { ENTRY_COLUMNS, toEntry, toVersion, type EntryRow, type VersionRow } from './catalog-rows';
import type { Database } from '../database';
import { conditions, readPage } from '../lists/page';

/** What a save writes: the whole entry and one version of it. */
export interface CatalogSave {
  /** The revision that the change was made from; undefined: there was no entry. */
  from: number | undefined;
  entry: Pick<CatalogEntry, 'name' | 'description' | 'requiredScope' | 'archived'>;
  version?: CatalogVersion;
}

export type SaveResult = { kind: 'saved'; id: string } | { kind: 'moved-on' } | { kind: 'full' };

/** The catalog as people read and change it. What the stages need of it is in catalog-heads.ts. */
export function makeCatalogStore(database: Database) {
  const entriesWhere = async (sql: string, parameters: unknown[], tail = ''): Promise<CatalogEntry[]> =>
    (
      await database.rows<EntryRow>(
        `select ${ENTRY_COLUMNS} from event_types t where ${sql} ${tail}`,
        parameters,
      )
    ).map(toEntry);

  return {
    /** By name: the tenant's own before the shared one. From nobody in particular, the shared one. */
    async findByName(scope: TenantScope, name: string): Promise<CatalogEntry | undefined> {
      if (!isAscii(name)) return undefined;
      const [found] = await entriesWhere(
        'owner_id in (?) and name = ?',
        [[ownerBytes(scope), EVERYBODY], name],
        'order by owner_id desc limit 1',
      );
      return found;
    },

    /** The owner's own alone: what a save would change. */
    async findOwn(owner: TenantScope, name: string): Promise<CatalogEntry | undefined> {
      if (!isAscii(name)) return undefined;
      const [found] = await entriesWhere('owner_id = ? and name = ?', [ownerBytes(owner), name]);
      return found;
    },

    byIds: (scope: TenantScope, ids: readonly string[]): Promise<CatalogEntry[]> => {
      const { sql, parameters } = conditions([
        ['id in (?)', ids.map((id) => idBytes('eventType', id))],
        ['owner_id in (?)', scope === null ? undefined : [ownerBytes(scope), EVERYBODY]],
      ]);
      return entriesWhere(sql, parameters);
    },

    /** The shared entries of these names and the scope's own, the own ones in place of the shared. */
    async named(scope: TenantScope, all: readonly string[]): Promise<CatalogEntry[]> {
      const names = all.filter(isAscii);
      if (names.length === 0) return [];
      const found = await entriesWhere(
        'owner_id in (?) and name in (?)',
        [[ownerBytes(scope), EVERYBODY], names],
        'order by owner_id',
      );
      return [...new Map(found.map((entry) => [entry.name, entry])).values()];
    },

    list(scope: TenantScope, page: PageRequest): Promise<Page<CatalogEntry>> {
      return readPage(page, (order, take) => {
        const visible = visibleTo(scope);
        const bounds = conditions([
          ['id < ?', page.after],
          ['id > ?', page.before],
        ]);
        return entriesWhere(
          `${visible.sql} and ${bounds.sql}`,
          [...visible.parameters, ...bounds.parameters],
          `order by id ${order} limit ${take}`,
        );
      });
    },

    /** For whoever wants all of it: by name, and no more at once than can be had in memory. */
    readPage: (owner: TenantScope, after: string | undefined) => readCatalogPage(database, owner, after),

    async count(scope: TenantScope): Promise<number> {
      const { sql, parameters } = visibleTo(scope);
      const [row] = await database.rows<{ n: number | string }>(
        `select count(*) n from event_types t where ${sql}`,
        parameters,
      );
      return Number(row?.n ?? 0);
    },

    /** Ascending, by the entry's id. */
    async versionsOf(ids: readonly string[]): Promise<Map<string, CatalogVersion[]>> {
      const found = new Map<string, CatalogVersion[]>();
      if (ids.length === 0) return found;
      const rows = await database.rows<VersionRow>(
        `select event_type_id, version, schema_text, example_text, deprecated, downgrade from event_type_versions
         where event_type_id in (?) order by event_type_id, version`,
        [ids.map((id) => idBytes('eventType', id))],
      );
      for (const row of rows) {
        const id = encodeId('eventType', row.event_type_id);
        found.set(id, [...(found.get(id) ?? []), toVersion(row)]);
      }
      return found;
    },

    /** Undefined when the tenant is gone. */
    save: (owner: TenantScope, save: CatalogSave, at: Date) =>
      changeCatalog(database, owner, at, (manager, revision) => write(manager, owner, save, revision, at)),
  };
}

async function write(
  manager: EntityManager,
  owner: TenantScope,
  { from, entry, version }: CatalogSave,
  revision: number,
  at: Date,
): Promise<SaveResult> {
  const { name, description, requiredScope, archived } = entry;
  const [before] = await manager.query<{ id: Buffer; revision: string | number }[]>(
    'select id, revision from event_types where owner_id = ? and name = ?',
    [ownerBytes(owner), name],
  );
  if ((before === undefined ? undefined : Number(before.revision)) !== from) return { kind: 'moved-on' };
  const id = before ? encodeId('eventType', before.id) : newId('eventType');
  if (before) {
    await manager.query(
      `update event_types set description = ?, required_scope = ?, archived = ?, revision = ?, updated_at = ?
       where id = ?`,
      [description, requiredScope, archived, revision, at, before.id],
    );
  } else {
    const [row] = await manager.query<{ n: number | string }[]>(
      'select count(*) n from event_types where owner_id = ?',
      [ownerBytes(owner)],
    );
    const most = owner === null ? LIMITS.sharedEventTypes : LIMITS.eventTypesPerTenant;
    if (Number(row?.n) >= most) return { kind: 'full' };
    await manager.query(
      `insert into event_types (id, owner_id, name, description, required_scope, archived, revision, created_at,
       updated_at) values (?)`,
      [
        [
          idBytes('eventType', id),
          ownerBytes(owner),
          name,
          description,
          requiredScope,
          archived,
          revision,
          at,
          at,
        ],
      ],
    );
  }
  if (version) {
    await manager.query(
      `replace into event_type_versions (event_type_id, version, schema_text, example_text, deprecated, downgrade)
       values (?)`,
      [
        [
          idBytes('eventType', id),
          version.version,
          textOf(version.schema),
          textOf(version.example),
          version.deprecated,
          version.downgrade,
        ],
      ],
    );
  }
  return { kind: 'saved', id };
}

const textOf = (json: unknown): string | null => (json === undefined ? null : stringifyJson(json));

/** For the operator everything there is; for a tenant its own and the shared, its own in place of the shared. */
const visibleTo = (scope: TenantScope): { sql: string; parameters: unknown[] } =>
  scope === null ? { sql: 'true', parameters: [] } : ownOrShared(scope);
