import { statusOfCode } from '../../domain/delivery/delivery-status';
import { encodeId, idBytes } from '../../domain/ids';
import type { DeliveryChange } from '../../messages/delivery-change';
import type { Database } from '../database';

export interface ChangeReader {
  lastSeqs(tenantIds: readonly string[]): Promise<Map<string, number>>;
  readLog(tenantId: string, tenantSlug: string, seq: number, limit: number): Promise<DeliveryChange[]>;
  /** Whether the log can be read on from `seq`: expired when retention has taken what came right after it. */
  placeOf(tenantId: string, seq: number): Promise<'there' | 'expired' | 'not-yet'>;
}

/** A bigint column reads as text. */
export interface ChangeRow {
  seq: string;
  delivery_id: Buffer;
  status: number;
  attempt: number;
  at: Date;
  event_id: Buffer;
  endpoint_id: Buffer;
  event_type: string;
}

/** Of `delivery_changes c` and `deliveries d`. */
export const CHANGE_COLUMNS =
  'c.seq, c.delivery_id, c.status, c.attempt, c.at, d.event_id, d.endpoint_id, d.event_type';

export function makeChangeReader(database: Database): ChangeReader {
  async function lastSeqs(tenantIds: readonly string[]): Promise<Map<string, number>> {
    if (tenantIds.length === 0) return new Map();
    const rows = await database.rows<{ tenant_id: Buffer; seq: string }>(
      'select tenant_id, seq from tenant_counters where tenant_id in (?)',
      [tenantIds.map((id) => idBytes('tenant', id))],
    );
    return new Map(rows.map((row) => [encodeId('tenant', row.tenant_id), Number(row.seq)]));
  }

  return {
    lastSeqs,

    async readLog(tenantId, tenantSlug, seq, limit) {
      const rows = await database.rows<ChangeRow>(
        `select ${CHANGE_COLUMNS}
         from delivery_changes c join deliveries d on d.id = c.delivery_id
         where c.tenant_id = ? and c.seq > ? order by c.seq limit ?`,
        [idBytes('tenant', tenantId), seq, limit],
      );
      return rows.map((row) => toChange(tenantId, tenantSlug, row));
    },

    async placeOf(tenantId, seq) {
      const tenant = idBytes('tenant', tenantId);
      const [oldest] = await database.rows<{ seq: string }>(
        'select seq from delivery_changes where tenant_id = ? order by seq limit 1',
        [tenant],
      );
      const last = (await lastSeqs([tenantId])).get(tenantId) ?? 0;
      if (seq > last) return 'not-yet';
      return seq === last || (oldest && seq >= Number(oldest.seq) - 1) ? 'there' : 'expired';
    },
  };
}

export const toChange = (tenantId: string, tenantSlug: string, row: ChangeRow): DeliveryChange => ({
  tenantId,
  tenantSlug,
  seq: Number(row.seq),
  deliveryId: encodeId('delivery', row.delivery_id),
  eventId: encodeId('event', row.event_id),
  eventType: row.event_type,
  endpointId: encodeId('endpoint', row.endpoint_id),
  status: statusOfCode(row.status),
  attempt: row.attempt,
  atMs: row.at.getTime(),
});
