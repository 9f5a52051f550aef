import type { DeliveryFilter } from '../../domain/delivery/delivery-filter';
import { DELIVERY_STATUSES, STATUS_CODES } from '../../domain/delivery/delivery-status';
import { decodeId, idBytes, idFloor, timeOfId } from '../../domain/ids';
import { isEventType } from '../../domain/routing/topic-pattern';
import type { TenantScope } from '../../domain/settings';
import type { Sql } from '../database';
import { DELIVERY_COLUMNS } from '../deliveries/delivery-rows';
import { spanOfTimes, type Check, type Listing, type Run, type Way } from './list-ways';

/** More are checked on the rows: each run costs a look at every day's partition. */
export const MOST_RUNS = 20;

/** What leads to the deliveries that a filter lets through. */
export async function deliveryListing(
  sql: Sql,
  scope: TenantScope,
  filter: DeliveryFilter,
): Promise<Listing> {
  return {
    table: 'deliveries',
    columns: DELIVERY_COLUMNS,
    checked: 'endpoint_id, event_type, status',
    span: spanOfTimes(filter),
    ways: await waysTo(sql, scope, filter),
  };
}

async function waysTo(sql: Sql, scope: TenantScope, filter: DeliveryFilter): Promise<Way[]> {
  const wanted = readFilter(filter);
  if (!wanted) return [];
  const { event, endpoint } = wanted;
  if (!event && !endpoint)
    return scope === null ? waysOverAll(wanted) : waysOfTenant(idBytes('tenant', scope), wanted);
  // Whose it is comes first. Checked on the rows, a foreign endpoint with many deliveries would answer otherwise than one
  // that is not there; and an operator's list becomes one of a tenant.
  const [owner] = await sql.rows<{ tenant_id: Buffer }>(
    `select tenant_id from ${event ? 'events' : 'endpoints'} where id = ?`,
    [event ?? endpoint],
  );
  if (!owner || (scope !== null && !owner.tenant_id.equals(idBytes('tenant', scope)))) return [];
  return event ? [wayOfEvent(event, wanted)] : waysOfTenant(owner.tenant_id, wanted);
}

interface Wanted {
  event: Buffer | undefined;
  endpoint: Buffer | undefined;
  types: readonly string[] | undefined;
  status: readonly number[] | undefined;
}

/** Undefined when nothing can fit. */
function readFilter({ eventId, endpointId, types, status }: DeliveryFilter): Wanted | undefined {
  const event = eventId === undefined ? undefined : decodeId('event', eventId);
  const endpoint = endpointId === undefined ? undefined : decodeId('endpoint', endpointId);
  if ((eventId !== undefined && !event) || (endpointId !== undefined && !endpoint)) return undefined;
  const typesThatMayBe = typesToFind(types);
  if (typesThatMayBe?.length === 0 || status?.length === 0) return undefined;
  const statuses = new Set(status);
  const isAnyStatus = !status || statuses.size === DELIVERY_STATUSES.length;
  return {
    event,
    endpoint,
    types: typesThatMayBe,
    status: isAnyStatus ? undefined : [...statuses].map((name) => STATUS_CODES[name]),
  };
}

/** What names no event is on no row, and the database cannot compare all of it with a column that is ASCII. */
export function typesToFind(types: readonly string[] | undefined): string[] | undefined {
  return types && [...new Set(types)].filter(isEventType);
}

/** What remains of the filter after some of it has chosen the way. */
function rest({ endpoint, types, status }: Partial<Wanted>): Check[] {
  return [
    ...(endpoint ? [['endpoint_id = ?', endpoint] as const] : []),
    ...(types ? [['event_type collate ascii_bin in (?)', types] as const] : []),
    ...(status ? [['status in (?)', status] as const] : []),
  ];
}

/** Its deliveries have its time, and so lie in one partition. */
function wayOfEvent(event: Buffer, { endpoint, types, status }: Wanted): Way {
  const atMs = timeOfId(event);
  const run = {
    index: 'deliveries_event',
    where: 'event_id = ? and id > ? and id < ?',
    parameters: [event, idFloor(atMs), idFloor(atMs + 1)],
  };
  return { runs: [run], rest: rest({ endpoint, types, status }) };
}

function waysOfTenant(tenant: Buffer, { endpoint, types, status }: Wanted): Way[] {
  const ways: Way[] = [];
  if (endpoint) {
    const run = { index: 'deliveries_endpoint', where: 'endpoint_id = ?', parameters: [endpoint] };
    ways.push({ runs: [run], rest: rest({ types, status }) });
  }
  if (status) {
    const runs = status.map((code): Run => ({
      index: 'deliveries_status',
      where: 'tenant_id = ? and status = ?',
      parameters: [tenant, code],
    }));
    ways.push({ runs, rest: rest({ endpoint, types }) });
  }
  if (types && types.length <= MOST_RUNS) {
    const runs = types.map((type): Run => ({
      index: 'deliveries_type',
      where: 'tenant_id = ? and event_type = ? and event_type collate ascii_bin = ?',
      parameters: [tenant, type, type],
    }));
    ways.push({ runs, rest: rest({ endpoint, status }) });
  }
  if (ways.length > 0) return ways;
  const run = { index: 'deliveries_tenant', where: 'tenant_id = ?', parameters: [tenant] };
  return [{ runs: [run], rest: rest({ types }) }];
}

/** Over all tenants nothing is indexed but the status: that index is there for what is due. */
function waysOverAll({ types, status }: Wanted): Way[] {
  const all: Way = {
    runs: [{ index: 'primary', where: 'true', parameters: [] }],
    rest: rest({ types, status }),
  };
  if (!status) return [all];
  const due = (where: string, parameters: unknown[]): Run => ({ index: 'deliveries_due', where, parameters });
  return [
    {
      // What is settled has no time of a next attempt, so its entries are in the order of the ids; what has one is not.
      runs: status.map((code) => due('status = ? and next_attempt_at is null', [code])),
      pile: due('status in (?) and next_attempt_at is not null', [status]),
      rest: rest({ types }),
    },
    all,
  ];
}
