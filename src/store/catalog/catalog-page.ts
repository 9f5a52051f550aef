import type { CatalogPage, CatalogPageEntry } from '../../domain/schema/catalog';
import { LIMITS } from '../../domain/limits';
import type { TenantScope } from '../../domain/settings';
import { EVERYBODY, ownerBytes } from './catalog-change';
import { ENTRY_COLUMNS, toEntry, toVersion, type EntryRow, type VersionRow } from './catalog-rows';
import type { Database } from '../database';

/** What an owner has: its own entries, and of the shared ones those that it has no entry of its own for. */
export function ownOrShared(owner: TenantScope): { sql: string; parameters: unknown[] } {
  const own = ownerBytes(owner);
  return {
    sql: `(owner_id = ? or (owner_id = ? and not exists
      (select 1 from event_types own where own.owner_id = ? and own.name = t.name)))`,
    parameters: [own, EVERYBODY, own],
  };
}

type CountedRow = EntryRow & { versions: number | string };

/**
 * The next entries by name, each with its versions. A page ends where its schemas and examples would take more than
 * LIMITS.catalogPageBytes; an entry that has more alone comes with its newest versions.
 *
 * @param owner null: what everybody shares
 */
export async function readCatalogPage(
  database: Database,
  owner: TenantScope,
  after = '',
): Promise<CatalogPage> {
  const visible = ownOrShared(owner);
  const rows = await database.rows<CountedRow>(
    `select ${ENTRY_COLUMNS},
      (select count(*) from event_type_versions v where v.event_type_id = t.id) versions
     from event_types t where ${visible.sql} and name > ? order by name limit ${LIMITS.pageSize + 1}`,
    [...visible.parameters, after],
  );
  const page = rows.slice(0, LIMITS.pageSize);
  const versions = await readVersions(database, page);
  const entries: CatalogPageEntry[] = [];
  for (const row of page) {
    const found = (versions.get(row.name) ?? []).map(toVersion);
    const missing = Number(row.versions) - found.length;
    // What does not fit behind others begins the next page; only the first can be too large alone.
    if (missing > 0 && entries.length > 0) break;
    entries.push({ entry: toEntry(row), versions: found, missing });
    if (missing > 0) break;
  }
  return { entries, hasMore: entries.length < rows.length };
}

/** Ascending; as many as there is room for, of the first entries first, of each entry the newest first. */
async function readVersions(
  database: Database,
  entries: readonly CountedRow[],
): Promise<Map<string, VersionRow[]>> {
  const found = new Map<string, VersionRow[]>();
  if (entries.length === 0) return found;
  const rows = await database.rows<VersionRow & { name: string }>(
    `select sized.name, v.* from (
       select t.name, s.event_type_id, s.version,
         sum(coalesce(length(s.schema_text), 0) + coalesce(length(s.example_text), 0))
           over (order by t.name, s.version desc) bytes
       from event_type_versions s join event_types t on t.id = s.event_type_id
       where s.event_type_id in (?)
     ) sized
     join event_type_versions v on v.event_type_id = sized.event_type_id and v.version = sized.version
     where sized.bytes <= ? order by v.event_type_id, v.version`,
    [entries.map(({ id }) => id), LIMITS.catalogPageBytes],
  );
  for (const row of rows) found.set(row.name, [...(found.get(row.name) ?? []), row]);
  return found;
}
