import type { DeliveryFilter } from '../../domain/delivery/delivery-filter';
import { encodeId, idBytes, idFloor, timeOfId } from '../../domain/ids';
import type { Delivery } from '../../domain/nouns';
import type { Counted, Page, PageRequest } from '../../domain/page';
import type { TenantScope } from '../../domain/settings';
import { countAlong } from '../lists/count-along';
import type { Database } from '../database';
import { deliveryListing } from '../lists/delivery-listing';
import { DELIVERY_COLUMNS, toDelivery, type DeliveryRow } from './delivery-rows';
import { conditions } from '../lists/page';
import { readAlong } from '../lists/read-along';

/** Deliveries as people read them. */
export function makeDeliveryQueries(database: Database) {
  async function read(entries: Entries): Promise<Delivery[]> {
    const { sql, parameters } = conditions(entries);
    const rows = await database.rows<DeliveryRow>(
      `select ${DELIVERY_COLUMNS} from deliveries where ${sql}`,
      parameters,
    );
    return rows.map(toDelivery);
  }

  return {
    byIds: (scope: TenantScope, ids: readonly string[]): Promise<Delivery[]> =>
      read([['id in (?)', ids.map((id) => idBytes('delivery', id))], ofTenant(scope)]),

    async list(scope: TenantScope, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>> {
      const listing = await deliveryListing(database, scope, filter);
      const found = await readAlong<DeliveryRow>(database, listing, page);
      return { ...found, items: found.items.map(toDelivery) };
    },

    async count(scope: TenantScope, filter: DeliveryFilter): Promise<Counted> {
      return countAlong(database, await deliveryListing(database, scope, filter));
    },

    /** The newest `limit` deliveries of each of these events, in one statement. */
    async newestOfEvents(
      scope: TenantScope,
      eventIds: readonly string[],
      limit: number,
    ): Promise<Delivery[]> {
      const { sql, parameters } = conditions(ofEvents(scope, eventIds));
      const rows = await database.rows<DeliveryRow>(
        `select ${DELIVERY_COLUMNS} from (
           select ${DELIVERY_COLUMNS}, row_number() over (partition by event_id order by id desc) place
           from deliveries force index (deliveries_event) where ${sql}) ranked
         where place <= ? order by id desc`,
        [...parameters, limit],
      );
      return rows.map(toDelivery);
    },

    async countsOfEvents(scope: TenantScope, eventIds: readonly string[]): Promise<Map<string, number>> {
      const { sql, parameters } = conditions(ofEvents(scope, eventIds));
      const rows = await database.rows<{ event_id: Buffer; n: number | string }>(
        `select event_id, count(*) n from deliveries force index (deliveries_event) where ${sql} group by event_id`,
        parameters,
      );
      return new Map(rows.map((row) => [encodeId('event', row.event_id), Number(row.n)]));
    },
  };
}

type Entries = readonly (readonly [string, unknown])[];

const ofTenant = (scope: TenantScope) =>
  ['tenant_id = ?', scope === null ? undefined : idBytes('tenant', scope)] as const;

/** A delivery has the time of its event: between the first and the last, so that only their days are looked at. */
function ofEvents(scope: TenantScope, eventIds: readonly string[]): Entries {
  const ids = eventIds.map((id) => idBytes('event', id));
  const times = ids.map(timeOfId);
  return [
    ['event_id in (?)', ids],
    ofTenant(scope),
    ['id > ?', idFloor(Math.min(...times))],
    ['id < ?', idFloor(Math.max(...times) + 1)],
  ];
}
