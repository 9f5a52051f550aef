import { LRUCache } from 'lru-cache';
import type { CatalogHead } from '../../domain/schema/catalog';
import { idBytes } from '../../domain/ids';
import type { Database } from '../database';

/** The large parts of entries, read when an event needs them. */
export interface CatalogContents {
  /** The parsed schema of a version; undefined when it has none. Not cached: what is made of it is. */
  schemaOf(entryId: string, version: number): Promise<unknown>;
  /** The downgrades of an entry by version. */
  downgradesOf(head: Pick<CatalogHead, 'id' | 'revision'>): Promise<ReadonlyMap<number, string>>;
}

const MAX_BYTES = 16 * 1024 * 1024;

export function makeCatalogContents(database: Database): CatalogContents {
  // The revision is part of the key, so that nothing has to be taken out when an entry changes.
  const downgrades = new LRUCache<string, ReadonlyMap<number, string>>({
    maxSize: MAX_BYTES,
    sizeCalculation: (found) => [...found.values()].reduce((sum, text) => sum + text.length, 100),
    fetchMethod: async (key) => {
      const [id = ''] = key.split('/');
      const rows = await database.rows<{ version: number; downgrade: string }>(
        'select version, downgrade from event_type_versions where event_type_id = ? and downgrade is not null',
        [idBytes('eventType', id)],
      );
      return new Map(rows.map(({ version, downgrade }) => [version, downgrade]));
    },
  });

  return {
    async schemaOf(entryId, version) {
      const [row] = await database.rows<{ schema_text: string | null }>(
        'select schema_text from event_type_versions where event_type_id = ? and version = ?',
        [idBytes('eventType', entryId), version],
      );
      return typeof row?.schema_text === 'string' ? (JSON.parse(row.schema_text) as unknown) : undefined;
    },
    downgradesOf: async ({ id, revision }) => (await downgrades.fetch(`${id}/${revision}`)) ?? new Map(),
  };
}
