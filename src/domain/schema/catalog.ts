import type { UserError } from '../errors';
import type { InPieces, IsTooLate } from '../pieces';

/** The event type catalog: what is said of event types, and what an event must look like to be taken. */

/** An entry: an event type with its versions. Belongs to a tenant, or (tenantId null) to everybody. */
export interface CatalogEntry {
  id: string;
  tenantId: string | null;
  name: string;
  description: string;
  /** What a tenant must have been granted to get its events; null: everybody may. */
  requiredScope: string | null;
  archived: boolean;
  /** Raised by every change: what was made from an older one is not used any more. */
  revision: number;
}

/** One version of an entry as people read it: the JSON is parsed. */
export interface CatalogVersion {
  version: number;
  schema: unknown;
  example: unknown;
  deprecated: boolean;
  downgrade: string | null;
}

/** A part of the catalog, by name. */
export interface CatalogPage {
  entries: CatalogPageEntry[];
  /** True: there are entries after the last one. */
  hasMore: boolean;
}

export interface CatalogPageEntry {
  entry: CatalogEntry;
  /** Ascending. */
  versions: CatalogVersion[];
  /** Older versions that there was no room for. */
  missing: number;
}

/** What is kept in memory of an entry: enough to know whether there is anything to check. */
export interface CatalogHead extends Pick<
  CatalogEntry,
  'id' | 'name' | 'requiredScope' | 'archived' | 'revision'
> {
  /** Ascending, without gaps, from 1. */
  versions: readonly VersionHead[];
}

export interface VersionHead {
  version: number;
  deprecated: boolean;
  hasSchema: boolean;
}

/** The catalog as one tenant has it. */
export interface TenantCatalog {
  /** What the tenant has been granted. */
  grants: ReadonlySet<string>;
  /** The tenant's own entry, or else the shared one. */
  entryOf(type: string): CatalogHead | undefined;
}

/** What does not fit: where in the data, as a JSON Pointer (RFC 6901), and in words. Never a value of the data. */
export interface SchemaFault {
  pointer: string;
  message: string;
}

/**
 * Finds the faults of data, at most twenty; none means that it fits. Never throws.
 * @param isTooLate asked where that takes more than a moment; undefined when it is given up
 */
export type SchemaCheck = (data: unknown, isTooLate?: IsTooLate) => InPieces<SchemaFault[] | undefined>;

/** A schema that is ready to check data, or what is wrong with it: where in the schema, and in words. */
export type CompiledSchema = { ok: true; check: SchemaCheck } | { ok: false; problems: SchemaFault[] };

/** What the catalog says of an event. */
export type CatalogVerdict =
  /**
   * `lackedScope`: the tenant has not been granted it, and gets no events of this type, whatever it is subscribed to.
   * `isUnchecked`: it was too late to see whether the data fits.
   */
  | { ok: true; version: number; lackedScope: string | null; isUnchecked?: true }
  | { ok: false; code: 'UNKNOWN_TYPE'; field: 'type' | 'version'; reason: string }
  | { ok: false; code: 'SCHEMA_MISMATCH'; faults: readonly SchemaFault[] };

/** An event as the catalog is asked about it. */
export interface EventToCheck {
  tenantId: string;
  /** Versions of the tenant's configuration and of the shared catalog that the answer must know. */
  configVersion: number;
  sharedCatalogVersion: number;
  type: string;
  /** Undefined: the newest that is not deprecated. */
  version: number | undefined;
  /** The parsed data, made only when there is a schema. Undefined: it was checked where it came in. */
  data: (() => unknown) | undefined;
}

/** The version that an event follows when it names none: the newest not deprecated, or the newest of all. */
export function defaultVersion(versions: readonly Pick<VersionHead, 'version' | 'deprecated'>[]): number {
  const newest = versions.findLast(({ deprecated }) => !deprecated) ?? versions.at(-1);
  return newest?.version ?? 1;
}

/** Why a tenant does not get events of a type. */
export const lacksInWords = (type: string, scope: string): string =>
  `${type} needs ${scope}, which this tenant has not been granted`;

/** One for each fault, with its JSON Pointer as the last step of the path. */
export function catalogErrors(verdict: Extract<CatalogVerdict, { ok: false }>, path: string[]): UserError[] {
  if (verdict.code === 'UNKNOWN_TYPE') {
    return [{ field: [...path, verdict.field], code: 'INVALID', message: `${verdict.reason}.` }];
  }
  return verdict.faults.map(({ pointer, message }) => ({
    field: [...path, 'data', ...(pointer === '' ? [] : [pointer])],
    code: 'INVALID',
    message: `${pointer === '' ? 'The data' : pointer} ${message}`,
  }));
}

/** Faults in one sentence, for a header or a log. */
export function sentenceOf(faults: readonly SchemaFault[]): string {
  return faults
    .map(({ pointer, message }) => `${pointer === '' ? 'the data' : pointer} ${message}`)
    .join('; ');
}
