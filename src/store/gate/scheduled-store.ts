import { STATUS_CODES } from '../../domain/delivery/delivery-status';
import { encodeId, idBytes } from '../../domain/ids';
import type { HoldReason } from '../../domain/delivery/hold-reason';
import { appendChanges } from '../changes/change-log';
import type { Database } from '../database';
import { DELIVERY_COLUMNS, toDelivery, type DeliveryRow } from '../deliveries/delivery-rows';
import { leaveQueue, queueHeld } from './gate-writes';

export interface TakenSchedule {
  /** PENDING by now: their messages are to be sent. */
  pending: string[];
  /** Still HELD, for their gate's owner. */
  queued: { tenantId: string; endpointId: string }[];
}

/** Deliveries that wait for a time alone. They need no queue: the index by status and due time is theirs. */
export function makeScheduledStore(database: Database) {
  return {
    /** What has waited for something else waits for the time of its event now. */
    async schedule(ids: readonly string[], at: Date): Promise<void> {
      if (ids.length === 0) return;
      await database.transaction(async (sql) => {
        await sql.write(
          `update deliveries d join events e on e.id = d.event_id
           set d.held_because = 'SCHEDULED', d.next_attempt_at = e.deliver_at, d.updated_at = ?
           where d.id in (?) and d.status = ?`,
          [at, ids.map((id) => idBytes('delivery', id)), STATUS_CODES.HELD],
        );
        await leaveQueue(sql, ids);
      });
    },

    takeScheduled: (
      now: Date,
      limit: number,
      reasonOf: (tenantId: string, endpointId: string) => Promise<HoldReason | undefined>,
    ): Promise<TakenSchedule> =>
      database.transaction(async (sql) => {
        const rows = await sql.rows<DeliveryRow>(
          `select ${DELIVERY_COLUMNS} from deliveries
           where status = ? and next_attempt_at <= ? and held_because = 'SCHEDULED'
           order by next_attempt_at limit ? for update skip locked`,
          [STATUS_CODES.HELD, now, limit],
        );
        const pending: DeliveryRow[] = [];
        const queued: { row: DeliveryRow; reason: HoldReason }[] = [];
        for (const row of rows) {
          const { tenantId, endpointId } = toDelivery(row);
          const reason = await reasonOf(tenantId, endpointId);
          if (reason) queued.push({ row, reason });
          else pending.push(row);
        }
        for (const reason of new Set(queued.map((item) => item.reason))) {
          await sql.write(
            'update deliveries set held_because = ?, next_attempt_at = null, updated_at = ? where id in (?)',
            [reason, now, queued.filter((item) => item.reason === reason).map(({ row }) => row.id)],
          );
        }
        await queueHeld(
          sql,
          queued.map(({ row }) => encodeId('delivery', row.id)),
          now,
        );
        if (pending.length > 0) {
          await sql.write(
            `update deliveries set status = ?, generation = generation + 1, held_because = null, next_attempt_at = ?,
               updated_at = ? where id in (?)`,
            [STATUS_CODES.PENDING, now, now, pending.map(({ id }) => id)],
          );
        }
        await appendChanges(
          sql,
          pending.map(toDelivery).map(
            ({ id, tenantId, endpointId, attemptCount }) =>
              ({
                tenantId,
                endpointId,
                deliveryId: id,
                from: 'HELD',
                status: 'PENDING',
                attempt: attemptCount,
              }) as const,
          ),
          now,
        );
        return {
          pending: pending.map(({ id }) => encodeId('delivery', id)),
          queued: queued.map(({ row }) => toDelivery(row)),
        };
      }),
  };
}
