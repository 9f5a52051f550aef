import { makeCheckEvent, type CheckEvent } from '../catalog/check-event';
import type { Config } from '../config';
import type { Logger } from '../runtime/logger';
import type { TakeTurns } from '../runtime/turn-taking';
import { makeCatalogContents } from '../store/catalog/catalog-contents';
import { makeCatalogHeads, type CatalogHeads } from '../store/catalog/catalog-heads';
import type { Database } from '../store/database';

/** The event type catalog as the stages of this process share it. */
export interface Catalog extends Pick<CatalogHeads, 'noteShared' | 'poll'> {
  checkEvent: CheckEvent;
  /** The downgrades of the type of an event by version, as the event's tenant has it. */
  downgradesOf(event: EventOfType): Promise<ReadonlyMap<number, string>>;
}

export interface EventOfType {
  tenantId: string;
  configVersion: number;
  type: string;
  version: number;
}

export function openCatalog(
  database: Database,
  { strictCatalog }: Pick<Config, 'strictCatalog'>,
  logger: Logger,
  inTurns: TakeTurns,
): Catalog {
  const heads = makeCatalogHeads(database);
  const contents = makeCatalogContents(database);
  return {
    noteShared: (version) => heads.noteShared(version),
    poll: () => heads.poll(),
    async downgradesOf({ tenantId, configVersion, type, version }) {
      const find = async () => (await heads.find(tenantId, configVersion, 0)).entryOf(type);
      let entry = await find();
      // Whoever took the event knew a version that has not been announced here yet.
      if (!entry?.versions.some((known) => known.version === version)) {
        await heads.poll();
        entry = await find();
      }
      return entry ? contents.downgradesOf(entry) : new Map();
    },
    checkEvent: makeCheckEvent({
      strict: strictCatalog,
      inTurns,
      findCatalog: (...asked) => heads.find(...asked),
      schemaOf: (entryId, version) => contents.schemaOf(entryId, version),
      onUnusable: ({ id, name }, version) =>
        logger.error({ eventTypeId: id, type: name, version }, 'catalog.schema_unusable'),
    }),
  };
}
