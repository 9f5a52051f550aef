import { STATUS_CODES, statusOfCode } from '../../domain/delivery/delivery-status';
import type { QueuedDelivery, StrayDelivery } from '../../domain/delivery/gate-records';
import { isUndecided, type HoldReason } from '../../domain/delivery/hold-reason';
import { encodeId, idBytes } from '../../domain/ids';
import { appendChanges } from '../changes/change-log';
import type { Database, Sql } from '../database';
import { queueHeld } from './gate-writes';

export interface LaneHeadRow extends QueuedDelivery {
  released: boolean;
}

export type GateQueue = ReturnType<typeof makeGateQueue>;

/** What waits, as the owner of its gate reads and releases it. Every statement is bounded, and served by an index. */
export function makeGateQueue(database: Database) {
  /** The first row of each of these lanes. */
  async function readHeads(
    endpointId: string,
    rows: { lane: Buffer; position: string | number }[],
  ): Promise<LaneHeadRow[]> {
    if (rows.length === 0) return [];
    const heads = await database.rows<QueueRow & { released_at: Date | null }>(
      `select position, delivery_id, lane, reason, released_at from gate_queue where endpoint_id = ? and position in (?)`,
      [idBytes('endpoint', endpointId), rows.map(({ position }) => position)],
    );
    return heads.map((row) => ({ ...toQueued(row), released: row.released_at !== null }));
  }

  return {
    /** The oldest that wait. */
    async waiting(endpointId: string, limit: number): Promise<QueuedDelivery[]> {
      const rows = await database.rows<QueueRow>(
        `select position, delivery_id, lane, reason from gate_queue
         where endpoint_id = ? and released_at is null order by position limit ?`,
        [idBytes('endpoint', endpointId), limit],
      );
      return rows.map(toQueued);
    },

    async headsOf(endpointId: string, lanes: readonly string[]): Promise<LaneHeadRow[]> {
      if (lanes.length === 0) return [];
      const rows = await database.rows<{ lane: Buffer; position: string }>(
        `select lane, min(position) as position from gate_queue where endpoint_id = ? and lane in (?)
         group by endpoint_id, lane`,
        [idBytes('endpoint', endpointId), lanes.map((lane) => Buffer.from(lane, 'hex'))],
      );
      return readHeads(endpointId, rows);
    },

    /** Heads of the lanes after `lane`, and where to go on; undefined at the end. One look per lane, however long. */
    async headsAfter(
      endpointId: string,
      lane: string | undefined,
      limit: number,
    ): Promise<{ heads: LaneHeadRow[]; next: string | undefined }> {
      const rows = await database.rows<{ lane: Buffer; position: string }>(
        `select lane, min(position) as position from gate_queue
         where endpoint_id = ? ${lane === undefined ? '' : 'and lane > ?'} group by endpoint_id, lane order by lane limit ?`,
        [idBytes('endpoint', endpointId), ...(lane === undefined ? [] : [Buffer.from(lane, 'hex')]), limit],
      );
      const next = rows.length === limit ? rows.at(-1)?.lane.toString('hex') : undefined;
      return { heads: await readHeads(endpointId, rows), next };
    },

    /**
     * Lets deliveries go: HELD becomes PENDING in a new generation, by compare and set, so that of two who try one
     * succeeds. What is not HELD any more leaves the queue, or, when it is on its way by hand, is marked so.
     * @returns those that this call released
     */
    release: (
      endpointId: string,
      owner: Buffer,
      queued: readonly QueuedDelivery[],
      at: Date,
    ): Promise<string[]> =>
      queued.length === 0
        ? Promise.resolve([])
        : database.transaction((sql) => releaseRows(sql, { endpointId, owner, queued, at })),

    /** What was released before, by an owner or by hand, and has not ended as far as the queue knows. */
    async strays(
      endpointId: string,
      before: { released: Date; byHand: Date },
      limit: number,
    ): Promise<StrayDelivery[]> {
      const rows = await database.rows<QueueRow & { status: number | null }>(
        `select q.position, q.delivery_id, q.lane, q.reason, d.status from gate_queue q
         left join deliveries d on d.id = q.delivery_id
         where q.endpoint_id = ? and q.released_at is not null
           and (q.released_at <= ? or (q.released_by is null and q.released_at <= ?))
         order by q.released_at limit ?`,
        [idBytes('endpoint', endpointId), before.released, before.byHand, limit],
      );
      return rows.map((row) => ({
        ...toQueued(row),
        status: row.status === null ? undefined : statusOfCode(row.status),
      }));
    },

    /**
     * What should have come back from the ladder `lateMs` ago and keeps its lane waiting: HELD again in a new generation,
     * so that its message, if it is not lost after all, is obsolete.
     */
    takeBackLate: (endpointId: string, lateMs: number, limit: number): Promise<QueuedDelivery[]> =>
      database.transaction((sql) => holdLate(sql, { endpointId, lateMs, limit })),

    /** Takes rows out whose deliveries have ended another way. */
    async forget(endpointId: string, positions: readonly number[]): Promise<void> {
      if (positions.length === 0) return;
      await database.write('delete from gate_queue where endpoint_id = ? and position in (?)', [
        idBytes('endpoint', endpointId),
        positions,
      ]);
    },

    /** Marks them as released by this owner, now. */
    async adopt(endpointId: string, owner: Buffer, positions: readonly number[], at: Date): Promise<void> {
      if (positions.length === 0) return;
      await database.write(
        `update gate_queue set released_at = ?, released_by = ?
         where endpoint_id = ? and position in (?) and released_at is not null`,
        [at, owner, idBytes('endpoint', endpointId), positions],
      );
    },
  };
}

interface QueueRow {
  position: string | number;
  delivery_id: Buffer;
  lane: Buffer;
  reason: HoldReason;
}

const toQueued = (row: QueueRow): QueuedDelivery => ({
  position: Number(row.position),
  deliveryId: encodeId('delivery', row.delivery_id),
  lane: row.lane.toString('hex'),
  isUndecided: isUndecided(row.reason),
});

/** Deliveries before the queue, as recorders lock them. Late is what the database's clock says. */
async function holdLate(
  sql: Sql,
  { endpointId, lateMs, limit }: { endpointId: string; lateMs: number; limit: number },
): Promise<QueuedDelivery[]> {
  const isLate = 'd.status = ? and d.next_attempt_at < utc_timestamp(3) - interval ? microsecond';
  const late = [STATUS_CODES.RETRYING, lateMs * 1000];
  const seen = await sql.rows<QueueRow>(
    `select q.position, q.delivery_id, q.lane, q.reason from gate_queue q join deliveries d on d.id = q.delivery_id
     where q.endpoint_id = ? and q.released_at is not null and ${isLate} order by q.released_at limit ?`,
    [idBytes('endpoint', endpointId), ...late, limit],
  );
  if (seen.length === 0) return [];
  const rows = await sql.rows<{ id: Buffer; tenant_id: Buffer; attempt_count: number; now: Date }>(
    `select d.id, d.tenant_id, d.attempt_count, utc_timestamp(3) as now from deliveries d
     where d.id in (?) and ${isLate} order by d.id for update`,
    [seen.map(({ delivery_id }) => delivery_id), ...late],
  );
  const at = rows[0]?.now;
  if (!at) return [];
  await sql.write(
    `update deliveries set status = ?, generation = generation + 1, held_because = 'ORDER', next_attempt_at = null,
       updated_at = ? where id in (?)`,
    [STATUS_CODES.HELD, at, rows.map(({ id }) => id)],
  );
  const ids = new Set(rows.map(({ id }) => encodeId('delivery', id)));
  await queueHeld(sql, [...ids], at);
  await appendChanges(
    sql,
    rows.map(({ id, tenant_id, attempt_count }) => ({
      tenantId: encodeId('tenant', tenant_id),
      endpointId,
      deliveryId: encodeId('delivery', id),
      from: 'RETRYING' as const,
      status: 'HELD' as const,
      attempt: attempt_count,
    })),
    at,
  );
  return seen.map(toQueued).filter(({ deliveryId }) => ids.has(deliveryId));
}

interface Release {
  endpointId: string;
  owner: Buffer;
  queued: readonly QueuedDelivery[];
  at: Date;
}

async function releaseRows(sql: Sql, { endpointId, owner, queued, at }: Release): Promise<string[]> {
  const ids = queued.map(({ deliveryId }) => deliveryId).sort();
  const rows = await sql.rows<{ id: Buffer; tenant_id: Buffer; status: number; attempt_count: number }>(
    'select id, tenant_id, status, attempt_count from deliveries where id in (?) order by id for update',
    [ids.map((id) => idBytes('delivery', id))],
  );
  const found = new Map(rows.map((row) => [encodeId('delivery', row.id), row]));
  const isHeld = ({ deliveryId }: QueuedDelivery): boolean =>
    found.get(deliveryId)?.status === STATUS_CODES.HELD;
  const isDue = ({ deliveryId }: QueuedDelivery): boolean =>
    [STATUS_CODES.PENDING, STATUS_CODES.RETRYING].includes(found.get(deliveryId)?.status ?? 0);
  const held = queued.filter(isHeld);
  const endpoint = idBytes('endpoint', endpointId);
  const mark = (by: Buffer | null, marked: readonly QueuedDelivery[]): Promise<number> | undefined =>
    marked.length === 0
      ? undefined
      : sql.write(
          `update gate_queue set released_at = ?, released_by = ?
           where endpoint_id = ? and position in (?) and released_at is null`,
          [at, by, endpoint, marked.map(({ position }) => position)],
        );
  await mark(owner, held);
  await mark(null, queued.filter(isDue));
  const ended = queued.filter((item) => !isHeld(item) && !isDue(item));
  if (ended.length > 0) {
    await sql.write('delete from gate_queue where endpoint_id = ? and position in (?)', [
      endpoint,
      ended.map(({ position }) => position),
    ]);
  }
  if (held.length === 0) return [];
  await sql.write(
    `update deliveries set status = ?, generation = generation + 1, held_because = null, next_attempt_at = ?,
       updated_at = ? where id in (?)`,
    [STATUS_CODES.PENDING, at, at, held.map(({ deliveryId }) => idBytes('delivery', deliveryId))],
  );
  await appendChanges(
    sql,
    held.flatMap(({ deliveryId }) => {
      const row = found.get(deliveryId);
      if (!row) return [];
      const tenantId = encodeId('tenant', row.tenant_id);
      return [
        {
          tenantId,
          endpointId,
          deliveryId,
          from: 'HELD',
          status: 'PENDING',
          attempt: row.attempt_count,
        } as const,
      ];
    }),
    at,
  );
  return held.map(({ deliveryId }) => deliveryId);
}
