import { LRUCache } from 'lru-cache';
import {
  defaultVersion,
  type CatalogHead,
  type CatalogVerdict,
  type EventToCheck,
  type SchemaCheck,
  type SchemaFault,
  type TenantCatalog,
} from '../domain/schema/catalog';
import { RESERVED_PREFIX } from '../domain/routing/topic-pattern';
import { never, ready, type IsTooLate } from '../domain/pieces';
import type { MaybePromise } from '../runtime/maybe-promise';
import type { TakeTurns } from '../runtime/turn-taking';
import { compileSchema } from './compile-schema';

/** What checking needs of the rest of the house. */
export interface CheckDeps {
  /** WARREN_STRICT_CATALOG: what is not in the catalog is not taken. */
  strict: boolean;
  inTurns: TakeTurns;
  findCatalog(tenantId: string, configVersion: number, sharedVersion: number): MaybePromise<TenantCatalog>;
  schemaOf(entryId: string, version: number): Promise<unknown>;
  /** A schema that was good when it was saved and is not any more: a limit was lowered since. */
  onUnusable(entry: CatalogHead, version: number): void;
}

/** @param isTooLate asked of checks against a schema */
export type CheckEvent = (event: EventToCheck, isTooLate?: IsTooLate) => MaybePromise<CatalogVerdict>;

/** Compiled schemas in memory: about 20 kB each, and some milliseconds to make again. */
const MAX_COMPILED = 1000;
const FITS: SchemaCheck = () => ready([]);

interface SchemaWanted {
  /** Who is the first to need it. */
  tenantId: string;
  entry: CatalogHead;
  version: number;
}

interface ToCheck extends SchemaWanted {
  lackedScope: string | null;
  data: unknown;
  isTooLate: IsTooLate;
}

/**
 * Asks the catalog about events, where they come in and again where they are routed. An event whose type has no entry
 * costs two look-ups in memory, and its data is not parsed.
 */
export function makeCheckEvent(deps: CheckDeps): CheckEvent {
  const compiled = new LRUCache<string, SchemaCheck, SchemaWanted>({
    max: MAX_COMPILED,
    async fetchMethod(_key, _stale, { context: { tenantId, entry, version } }) {
      const schema = await deps.schemaOf(entry.id, version);
      if (schema === undefined) return FITS;
      const made = await deps.inTurns(tenantId, compileSchema(schema));
      if (made.ok) return made.check;
      deps.onUnusable(entry, version);
      return FITS;
    },
  });

  /** Keys of what is read and compiled now. */
  const compiling = new Set<string>();

  function judge(
    catalog: TenantCatalog,
    event: EventToCheck,
    isTooLate: IsTooLate,
  ): MaybePromise<CatalogVerdict> {
    const { type, tenantId, data } = event;
    const entry = catalog.entryOf(type);
    if (!entry || entry.archived) {
      const refusal = deps.strict && data ? unknownType(type, entry) : undefined;
      if (refusal) return refusal;
    }
    if (!entry) return { ok: true, version: event.version ?? 1, lackedScope: null };
    const version = event.version ?? defaultVersion(entry.versions);
    const { requiredScope } = entry;
    const lackedScope = requiredScope !== null && !catalog.grants.has(requiredScope) ? requiredScope : null;
    if (!data) return { ok: true, version, lackedScope };
    const head = entry.versions.find((candidate) => candidate.version === version);
    if (!head) return unknownVersion(entry, version);
    if (!head.hasSchema) return { ok: true, version, lackedScope };
    return checkData({ tenantId, entry, version, lackedScope, data: data(), isTooLate });
  }

  function checkData(toCheck: ToCheck): MaybePromise<CatalogVerdict> {
    const faults = faultsOf(toCheck);
    return faults instanceof Promise
      ? faults.then((found) => verdictOf(toCheck, found))
      : verdictOf(toCheck, faults);
  }

  /** Undefined when it is too late. */
  function faultsOf({ data, isTooLate, ...wanted }: ToCheck): MaybePromise<SchemaFault[] | undefined> {
    const { tenantId, entry, version } = wanted;
    if (isTooLate(0)) return undefined;
    const key = `${entry.id}/${version}/${entry.revision}`;
    const known = compiled.get(key);
    if (known) return deps.inTurns(tenantId, known(data, isTooLate));
    // Who waits for a schema that nobody waits for yet has heavy work.
    if (!compiling.has(key) && isTooLate(1)) return undefined;
    compiling.add(key);
    return compiled
      .fetch(key, { context: wanted })
      .finally(() => compiling.delete(key))
      .then((check) => (check ? deps.inTurns(tenantId, check(data, isTooLate)) : []));
  }

  return (event, isTooLate = never) => {
    const catalog = deps.findCatalog(event.tenantId, event.configVersion, event.sharedCatalogVersion);
    return catalog instanceof Promise
      ? catalog.then((read) => judge(read, event, isTooLate))
      : judge(catalog, event, isTooLate);
  };
}

function verdictOf(
  { version, lackedScope }: Pick<ToCheck, 'version' | 'lackedScope'>,
  faults: readonly SchemaFault[] | undefined,
): CatalogVerdict {
  if (!faults) return { ok: true, version, lackedScope, isUnchecked: true };
  if (faults.length === 0) return { ok: true, version, lackedScope };
  return { ok: false, code: 'SCHEMA_MISMATCH', faults };
}

/** Warren's own events are no entries, and are always taken. */
function unknownType(type: string, entry: CatalogHead | undefined): CatalogVerdict | undefined {
  if (type.startsWith(RESERVED_PREFIX)) return undefined;
  const reason = entry
    ? `the event type ${type} is archived, and the catalog is strict`
    : `the catalog is strict and has no event type ${type}`;
  return { ok: false, code: 'UNKNOWN_TYPE', field: 'type', reason };
}

function unknownVersion({ name, versions }: CatalogHead, version: number): CatalogVerdict {
  const newest = versions.at(-1)?.version ?? 1;
  const known = newest === 1 ? 'only version 1' : `the versions 1 to ${newest}`;
  return {
    ok: false,
    code: 'UNKNOWN_TYPE',
    field: 'version',
    reason: `${name} has ${known}, and no version ${version}`,
  };
}
