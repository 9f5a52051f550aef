import type { DeliveryFilter } from '../domain/delivery-filter';
import { STATUS_CODES } from '../domain/delivery-status';
import { decodeId, encodeId, idBytes, idFloor } from '../domain/ids';
import type { Delivery } from '../domain/nouns';
import type { Page, PageRequest } from '../domain/page';
import type { TenantScope } from '../domain/settings';
import type { Database } from './database';
import { DELIVERY_COLUMNS, toDelivery, type DeliveryRow } from './delivery-rows';
import { conditions, readPage } from './page';

/** Deliveries as people read them. Ids are ordered by the event's time, so a time range is a range of ids. */
export function makeDeliveryQueries(database: Database) {
  async function read(entries: Entries, tail = ''): Promise<Delivery[]> {
    const { sql, parameters } = conditions(entries);
    const rows = await database.rows<DeliveryRow>(
      `select ${DELIVERY_COLUMNS} from deliveries where ${sql} ${tail}`,
      parameters,
    );
    return rows.map(toDelivery);
  }

  return {
    byIds: (scope: TenantScope, ids: readonly string[]): Promise<Delivery[]> =>
      read([['id in (?)', ids.map((id) => idBytes('delivery', id))], ofTenant(scope)]),

    list(scope: TenantScope, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>> {
      return readPage(page, (order, take) =>
        read(
          [...filterEntries(scope, filter), ['id < ?', page.after], ['id > ?', page.before]],
          `order by id ${order} limit ${take}`,
        ),
      );
    },

    async count(scope: TenantScope, filter: DeliveryFilter): Promise<number> {
      const { sql, parameters } = conditions(filterEntries(scope, filter));
      const [row] = await database.rows<{ n: number | string }>(
        `select count(*) n from deliveries where ${sql}`,
        parameters,
      );
      return Number(row?.n ?? 0);
    },

    /** The newest `limit` deliveries of each of these events, in one statement. */
    async newestOfEvents(
      scope: TenantScope,
      eventIds: readonly string[],
      limit: number,
    ): Promise<Delivery[]> {
      const { sql, parameters } = conditions([['event_id in (?)', eventIdsOf(eventIds)], ofTenant(scope)]);
      const rows = await database.rows<DeliveryRow>(
        `select ${DELIVERY_COLUMNS} from (
           select ${DELIVERY_COLUMNS}, row_number() over (partition by event_id order by id desc) place
           from deliveries where ${sql}) ranked
         where place <= ? order by id desc`,
        [...parameters, limit],
      );
      return rows.map(toDelivery);
    },

    async countsOfEvents(scope: TenantScope, eventIds: readonly string[]): Promise<Map<string, number>> {
      const { sql, parameters } = conditions([['event_id in (?)', eventIdsOf(eventIds)], ofTenant(scope)]);
      const rows = await database.rows<{ event_id: Buffer; n: number | string }>(
        `select event_id, count(*) n from deliveries where ${sql} group by event_id`,
        parameters,
      );
      return new Map(rows.map((row) => [encodeId('event', row.event_id), Number(row.n)]));
    },
  };
}

type Entries = readonly (readonly [string, unknown])[];

/** A malformed id is the id of nothing. */
const NOTHING = Buffer.alloc(16);

function filterEntries(scope: TenantScope, filter: DeliveryFilter): Entries {
  const { endpointId, eventId, types, status, since, until } = filter;
  return [
    ofTenant(scope),
    ['endpoint_id = ?', endpointId === undefined ? undefined : (decodeId('endpoint', endpointId) ?? NOTHING)],
    ['event_id = ?', eventId === undefined ? undefined : (decodeId('event', eventId) ?? NOTHING)],
    ['event_type in (?)', types && (types.length > 0 ? types : [''])],
    ['status in (?)', status && (status.length > 0 ? status.map((name) => STATUS_CODES[name]) : [0])],
    ['id >= ?', since && idFloor(since.getTime())],
    ['id < ?', until && idFloor(until.getTime())],
  ];
}

const ofTenant = (scope: TenantScope) =>
  ['tenant_id = ?', scope === null ? undefined : idBytes('tenant', scope)] as const;

const eventIdsOf = (ids: readonly string[]): Buffer[] => ids.map((id) => idBytes('event', id));
