import type { EventFilter } from '../../domain/delivery/delivery-filter';
import { idBytes } from '../../domain/ids';
import type { TenantScope } from '../../domain/settings';
import { MOST_RUNS, typesToFind } from './delivery-listing';
import { spanOfTimes, type Check, type Listing, type Run, type Way } from './list-ways';

/** What leads to the events that a filter lets through. */
export function eventListing(scope: TenantScope, filter: EventFilter, columns: string): Listing {
  const { types, idempotencyKey: key } = filter;
  const wanted = { key, types: typesToFind(types) };
  return {
    table: 'events',
    columns,
    checked: 'type, idempotency_key',
    span: spanOfTimes(filter),
    ways: scope === null ? waysOverAll(wanted) : waysOfTenant(idBytes('tenant', scope), wanted),
  };
}

interface Wanted {
  types: readonly string[] | undefined;
  key: string | undefined;
}

function waysOfTenant(tenant: Buffer, { types, key }: Wanted): Way[] {
  if (types?.length === 0) return [];
  if (key !== undefined) {
    const run = {
      index: 'events_key',
      where: 'tenant_id = ? and idempotency_key = ?',
      parameters: [tenant, key],
    };
    return [{ runs: [run], rest: rest({ types }) }];
  }
  if (types && types.length <= MOST_RUNS) {
    const runs = types.map((type): Run => ({
      index: 'events_type',
      where: 'tenant_id = ? and type = ? and type collate ascii_bin = ?',
      parameters: [tenant, type, type],
    }));
    return [{ runs, rest: [] }];
  }
  const run = { index: 'events_tenant', where: 'tenant_id = ?', parameters: [tenant] };
  return [{ runs: [run], rest: rest({ types }) }];
}

function waysOverAll({ types, key }: Wanted): Way[] {
  if (types?.length === 0) return [];
  return [{ runs: [{ index: 'primary', where: 'true', parameters: [] }], rest: rest({ types, key }) }];
}

function rest({ types, key }: Partial<Wanted>): Check[] {
  return [
    ...(types ? [['type collate ascii_bin in (?)', types] as const] : []),
    ...(key === undefined ? [] : [['idempotency_key = ?', key] as const]),
  ];
}
