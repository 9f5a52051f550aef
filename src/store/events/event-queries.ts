import type { EventFilter } from '../../domain/delivery/delivery-filter';
import { encodeId, idBytes, idFloor } from '../../domain/ids';
import type { Counted, Page, PageRequest } from '../../domain/page';
import type { EventHead, TenantScope } from '../../domain/settings';
import { countAlong } from '../lists/count-along';
import type { Database } from '../database';
import { eventListing } from '../lists/event-listing';
import { readRoutingHistory, type RoutingHistory } from '../config/routing-history';
import { conditions } from '../lists/page';
import { readAlong } from '../lists/read-along';

/** Events as people read them. */
export function makeEventQueries(database: Database) {
  return {
    async byIds(scope: TenantScope, ids: readonly string[]): Promise<EventHead[]> {
      const { sql, parameters } = conditions([['id in (?)', idsOf(ids)], ofTenant(scope)]);
      const rows = await database.rows<EventRow>(`select ${COLUMNS} from events where ${sql}`, parameters);
      return rows.map(toEventHead);
    },

    /** The data of these events, byte for byte as the producer wrote it. */
    async dataOf(scope: TenantScope, ids: readonly string[]): Promise<Map<string, Buffer>> {
      const { sql, parameters } = conditions([['id in (?)', idsOf(ids)], ofTenant(scope)]);
      const rows = await database.rows<{ id: Buffer; data: Buffer }>(
        `select id, data from events where ${sql}`,
        parameters,
      );
      return new Map(rows.map((row) => [encodeId('event', row.id), row.data]));
    },

    /** Those made at `sinceMs` or later, the oldest first; of more than `limit`, the newest. */
    async idsSince(tenantId: string, sinceMs: number, limit: number): Promise<string[]> {
      const rows = await database.rows<{ id: Buffer }>(
        'select id from events where tenant_id = ? and id >= ? order by id desc limit ?',
        [idBytes('tenant', tenantId), idFloor(sinceMs), limit],
      );
      return rows.map(({ id }) => encodeId('event', id)).reverse();
    },
    /** The configuration that routed each of these events. */
    routingOf: (scope: TenantScope, ids: readonly string[]): Promise<Map<string, RoutingHistory>> =>
      readRoutingHistory(database, scope, ids),

    async list(scope: TenantScope, filter: EventFilter, page: PageRequest): Promise<Page<EventHead>> {
      const found = await readAlong<EventRow>(database, eventListing(scope, filter, COLUMNS), page);
      return { ...found, items: found.items.map(toEventHead) };
    },

    count: (scope: TenantScope, filter: EventFilter): Promise<Counted> =>
      countAlong(database, eventListing(scope, filter, COLUMNS)),
  };
}

const ofTenant = (scope: TenantScope) =>
  ['tenant_id = ?', scope === null ? undefined : idBytes('tenant', scope)] as const;

const idsOf = (ids: readonly string[]): Buffer[] => ids.map((id) => idBytes('event', id));

const COLUMNS = `id, tenant_id, type, version, occurred_at, received_at, idempotency_key, ordering_key, deliver_at,
  traceparent`;

interface EventRow {
  id: Buffer;
  tenant_id: Buffer;
  type: string;
  version: number;
  occurred_at: Date;
  received_at: Date;
  idempotency_key: string | null;
  ordering_key: string | null;
  deliver_at: Date | null;
  traceparent: string | null;
}

function toEventHead(row: EventRow): EventHead {
  return {
    id: encodeId('event', row.id),
    tenantId: encodeId('tenant', row.tenant_id),
    type: row.type,
    version: row.version,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    ...(row.idempotency_key === null ? {} : { idempotencyKey: row.idempotency_key }),
    ...(row.ordering_key === null ? {} : { orderingKey: row.ordering_key }),
    ...(row.deliver_at === null ? {} : { deliverAt: row.deliver_at }),
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
  };
}
