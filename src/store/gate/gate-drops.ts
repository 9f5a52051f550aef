import type { CancelReason } from '../../domain/delivery/cancel-reason';
import { STATUS_CODES } from '../../domain/delivery/delivery-status';
import type { DropWish } from '../../domain/delivery/gate-records';
import { encodeId, idBytes } from '../../domain/ids';
import { appendChanges } from '../changes/change-log';
import type { Database, Sql } from '../database';
import { NONE_UNDER_WAY } from '../deliveries/attempts-taken';
import { NO_KEY_LANE } from './gate-writes';

const PAGE = 500;

export type GateDrops = ReturnType<typeof makeGateDrops>;

/** Ends held deliveries that nobody wants any more, a page at a time; each page is one transaction. */
export function makeGateDrops(database: Database) {
  return {
    /** The next page of a resume's wish, if it is still the newest. The gate's row remembers how far it has come. */
    dropPage: (endpointId: string, wish: DropWish, at: Date): Promise<{ dropped: number; done: boolean }> =>
      database.transaction(async (sql) => {
        const endpoint = idBytes('endpoint', endpointId);
        const rows = await sql.rows<HeldRow & { created_at: Date | null; superseded: number }>(
          `select q.position, q.delivery_id, d.created_at, q.lane <> ? and exists (
             select 1 from gate_queue n
             where n.endpoint_id = q.endpoint_id and n.lane = q.lane and n.delivery_id > q.delivery_id
           ) as superseded
           from gate_queue q left join deliveries d on d.id = q.delivery_id
           where q.endpoint_id = ? and q.position > ? and q.position <= ? and q.released_at is null
           order by q.position limit ?`,
          [NO_KEY_LANE, endpoint, wish.from, wish.to, PAGE],
        );
        const old = rows.filter(
          ({ created_at }) => wish.olderThan && created_at && created_at < wish.olderThan,
        );
        const passed = rows.filter((row) => !old.includes(row) && wish.superseded && row.superseded === 1);
        const done = rows.length < PAGE;
        // Another resume may have come meanwhile: then its wish counts, and this one is not to end it.
        const isStillWanted = await sql.write(
          `update gates set ${done ? 'drop_older_than = null, drop_superseded = false, drop_from = null, drop_to = null' : 'drop_from = ?'}
           where endpoint_id = ? and drop_older_than <=> ? and drop_superseded = ? and drop_from = ? and drop_to = ?`,
          [
            ...(done ? [] : [rows.at(-1)?.position]),
            ...[endpoint, wish.olderThan, wish.superseded, wish.from, wish.to],
          ],
        );
        if (isStillWanted === 0) return { dropped: 0, done: false };
        await cancelHeld(
          sql,
          endpointId,
          new Map([...old.map(because('DROPPED_OLD')), ...passed.map(because('DROPPED_SUPERSEDED'))]),
          at,
        );
        return { dropped: old.length + passed.length, done };
      }),

    /** The oldest that wait for an endpoint that is gone. */
    cancelPage: (endpointId: string, at: Date): Promise<{ dropped: number; done: boolean }> =>
      database.transaction(async (sql) => {
        const rows = await sql.rows<HeldRow>(
          `select position, delivery_id from gate_queue
           where endpoint_id = ? and released_at is null order by position limit ?`,
          [idBytes('endpoint', endpointId), PAGE],
        );
        await cancelHeld(sql, endpointId, new Map(rows.map(because('ENDPOINT_DELETED'))), at);
        return { dropped: rows.length, done: rows.length < PAGE };
      }),

    /** Not to be sent, as was found out after they were held. */
    async dismiss(
      endpointId: string,
      ids: readonly string[],
      because: Extract<CancelReason, 'FILTERED_OUT' | 'SCHEMA_MISMATCH'>,
      at: Date,
    ): Promise<void> {
      if (ids.length === 0) return;
      const reasons = new Map(ids.map((id) => [idBytes('delivery', id), because]));
      await database.transaction((sql) => cancelHeld(sql, endpointId, reasons, at));
    },
  };
}

interface HeldRow {
  position: string;
  delivery_id: Buffer;
}

const because =
  (reason: CancelReason) =>
  ({ delivery_id }: HeldRow): [Buffer, CancelReason] => [delivery_id, reason];

async function cancelHeld(
  sql: Sql,
  endpointId: string,
  reasons: Map<Buffer, CancelReason>,
  at: Date,
): Promise<void> {
  if (reasons.size === 0) return;
  const ids = [...reasons.keys()];
  const rows = await sql.rows<{ id: Buffer; tenant_id: Buffer; attempt_count: number }>(
    `select id, tenant_id, attempt_count from deliveries where id in (?) and status = ? order by id for update`,
    [ids, STATUS_CODES.HELD],
  );
  await sql.write('delete from gate_queue where delivery_id in (?)', [ids]);
  const held = new Set(rows.map(({ id }) => id.toString('hex')));
  for (const reason of new Set(reasons.values())) {
    const theirs = ids.filter((id) => reasons.get(id) === reason && held.has(id.toString('hex')));
    if (theirs.length === 0) continue;
    await sql.write(
      `update deliveries set status = ?, generation = generation + 1, held_because = null, next_attempt_at = null,
         run_start = ${NONE_UNDER_WAY}, last_error = ?, updated_at = ? where id in (?)`,
      [STATUS_CODES.CANCELLED, reason, at, theirs],
    );
  }
  await appendChanges(
    sql,
    rows.map((row) => ({
      tenantId: encodeId('tenant', row.tenant_id),
      endpointId,
      deliveryId: encodeId('delivery', row.id),
      from: 'HELD',
      status: 'CANCELLED',
      attempt: row.attempt_count,
    })),
    at,
  );
}
