import { lacksInWords, type CatalogEntry } from '../../domain/schema/catalog';
import type { Tenant } from '../../domain/settings';
import { fault, type Faults } from './field-checks';

export interface CatalogLookUp {
  /** The tenant's own entries and the shared ones of these names, its own in place of the shared. */
  named: (tenantId: string, names: readonly string[]) => Promise<CatalogEntry[]>;
  tenantOf: (tenantId: string) => Promise<Pick<Tenant, 'scopes'> | undefined>;
}

/**
 * What the catalog has against subscribing to these types. Patterns are no names of types: they do not match, at routing,
 * what the tenant may not have.
 */
export async function checkAgainstCatalog(
  { named, tenantOf }: CatalogLookUp,
  tenantId: string,
  eventTypes: readonly string[],
): Promise<Faults> {
  const names = eventTypes.filter((type) => !/[*#]/.test(type));
  const entries = new Map((await named(tenantId, names)).map((entry) => [entry.name, entry]));
  if (entries.size === 0) return [];
  const granted = (await tenantOf(tenantId))?.scopes ?? [];
  return eventTypes.flatMap((type, index) => {
    const entry = entries.get(type);
    if (!entry) return [];
    const place = ['eventTypes', String(index)];
    if (entry.archived)
      return [fault('INVALID', `${type} is archived: it takes no new subscribers`, ...place)];
    const lacking = whatLacks(entry, granted);
    return lacking === undefined ? [] : [fault('INVALID', lacking, ...place)];
  });
}

/** The types among these whose events the tenant does not get, whatever it is subscribed to, each with the reason. */
export async function withheldTypes(
  { named }: Pick<CatalogLookUp, 'named'>,
  { id, scopes }: Pick<Tenant, 'id' | 'scopes'>,
  types: readonly string[],
): Promise<Map<string, string>> {
  const entries = await named(id, [...new Set(types)]);
  return new Map(
    entries.flatMap((entry) => {
      const lacking = whatLacks(entry, scopes);
      return lacking === undefined ? [] : [[entry.name, lacking] as const];
    }),
  );
}

function whatLacks(
  { name, requiredScope }: Pick<CatalogEntry, 'name' | 'requiredScope'>,
  granted: readonly string[],
): string | undefined {
  if (requiredScope === null || granted.includes(requiredScope)) return undefined;
  return lacksInWords(name, requiredScope);
}
