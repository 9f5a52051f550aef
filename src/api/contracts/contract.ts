import {
  defaultVersion,
  type CatalogEntry,
  type CatalogPageEntry,
  type CatalogVersion,
} from '../../domain/schema/catalog';

/** What a contract speaks of: nobody's events in particular, or those that one tenant publishes and receives. */
export interface ContractSubject {
  /** Null: nobody's in particular, or what everybody shares. */
  tenant: { id: string; slug: string; name: string } | null;
  entries: readonly CatalogPageEntry[];
  /** True: the catalog goes on after the last entry. */
  hasMore: boolean;
}

/** What of a deployment its contracts name. */
export interface ContractSettings {
  /** Where people reach Warren. */
  publicUrl: string;
  namespace: string;
  maxEventBytes: number;
}

/** One version of an event type, under the name that it has in every contract. */
export interface ContractVersion {
  /** `order.placed.v2`: stays when more versions come. */
  key: string;
  entry: Pick<CatalogEntry, 'name' | 'description' | 'requiredScope' | 'archived'>;
  version: CatalogVersion;
  /** What is published without a version follows this one. */
  isDefault: boolean;
}

export const OPENAPI_PATH = '/docs/openapi.json';
export const ASYNCAPI_PATH = '/docs/asyncapi.json';

/** Shown in place of times that nobody knows yet. */
export const EXAMPLE_TIME = '2026-11-23T12:00:00.000Z';

/** Every version of every entry. */
export function versionsIn(entries: readonly CatalogPageEntry[]): ContractVersion[] {
  return entries.flatMap(({ entry, versions }) => {
    const newest = defaultVersion(versions);
    return versions.map((version) => ({
      key: `${entry.name}.v${version.version}`,
      entry,
      version,
      isDefault: version.version === newest,
    }));
  });
}

export const titleOf = ({ tenant }: ContractSubject, what: string): string =>
  tenant === null ? what : `${what} of ${tenant.name}`;

/** Where the rest is, when one document cannot hold all of it. */
export function restOf({ entries, hasMore }: ContractSubject, path: string): { 'x-next'?: string } {
  const last = entries.at(-1)?.entry.name;
  return hasMore && last !== undefined ? { 'x-next': `${path}?after=${last}` } : {};
}

/** In words, what of an event type is not everybody's to know by its schema. */
export function remarksOn({ entry, version, isDefault }: ContractVersion): string {
  return [
    entry.description,
    version.schema === undefined ? 'It has no schema: `data` may be any JSON.' : '',
    version.deprecated ? 'This version is deprecated.' : '',
    isDefault ? '' : 'Publish it by naming its version.',
    entry.archived ? 'Archived: it takes no new subscribers by name.' : '',
    entry.requiredScope === null ? '' : `Only tenants that were granted \`${entry.requiredScope}\` get it.`,
  ]
    .filter((sentence) => sentence !== '')
    .join('\n\n');
}
