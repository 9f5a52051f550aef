import { makeCheckEvent, type CheckEvent } from '../catalog/check-event';
import type { Config } from '../config';
import type { Logger } from '../runtime/logger';
import { makeCatalogContents } from '../store/catalog-contents';
import { makeCatalogHeads, type CatalogHeads } from '../store/catalog-heads';
import type { Database } from '../store/database';

/** The event type catalog as the stages of this process share it. */
export interface Catalog extends Pick<CatalogHeads, 'noteShared' | 'poll'> {
  checkEvent: CheckEvent;
}

export function openCatalog(
  database: Database,
  { strictCatalog }: Pick<Config, 'strictCatalog'>,
  logger: Logger,
): Catalog {
  const heads = makeCatalogHeads(database);
  const contents = makeCatalogContents(database);
  return {
    noteShared: (version) => heads.noteShared(version),
    poll: () => heads.poll(),
    checkEvent: makeCheckEvent({
      strict: strictCatalog,
      findCatalog: (...asked) => heads.find(...asked),
      schemaOf: (entryId, version) => contents.schemaOf(entryId, version),
      onUnusable: ({ id, name }, version) =>
        logger.error({ eventTypeId: id, type: name, version }, 'catalog.schema_unusable'),
    }),
  };
}
