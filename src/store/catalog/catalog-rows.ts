import type { CatalogEntry, CatalogVersion } from '../../domain/schema/catalog';
import { encodeId } from '../../domain/ids';
import { parseJson } from '../../runtime/json-text';
import { EVERYBODY } from './catalog-change';

/** The catalog's two tables as rows, and what they mean. */

export const ENTRY_COLUMNS = 'id, owner_id, name, description, required_scope, archived, revision';

export interface EntryRow {
  id: Buffer;
  owner_id: Buffer;
  name: string;
  description: string;
  required_scope: string | null;
  archived: number;
  revision: number | string;
}

export interface VersionRow {
  event_type_id: Buffer;
  version: number;
  schema_text: string | null;
  example_text: string | null;
  deprecated: number;
  downgrade: string | null;
}

export const toEntry = (row: EntryRow): CatalogEntry => ({
  id: encodeId('eventType', row.id),
  tenantId: row.owner_id.equals(EVERYBODY) ? null : encodeId('tenant', row.owner_id),
  name: row.name,
  description: row.description,
  requiredScope: row.required_scope,
  archived: Boolean(row.archived),
  revision: Number(row.revision),
});

/** Undefined, not null, where there is no example: null is one that somebody may mean. */
export const toVersion = (row: VersionRow): CatalogVersion => ({
  version: row.version,
  schema: row.schema_text === null ? undefined : (JSON.parse(row.schema_text) as unknown),
  // With every digit that somebody wrote: money and ids beyond 2^53 are what examples show.
  example: row.example_text === null ? undefined : parseJson(row.example_text),
  deprecated: Boolean(row.deprecated),
  downgrade: row.downgrade,
});
