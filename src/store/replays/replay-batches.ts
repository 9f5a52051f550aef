import { STATUS_CODES, statusOfCode } from '../../domain/delivery/delivery-status';
import { deliveryIdFor, encodeId, idBytes } from '../../domain/ids';
import type { WarrenEvent } from '../../domain/nouns';
import { statusesOf, type ReplayJob, type ReplayStep, type ReplayedDelivery } from '../../domain/replay';
import type { RoutingTarget } from '../../domain/routing/routed-event';
import { ATTEMPTS_TAKEN } from '../deliveries/attempts-taken';
import { appendChanges, type Change } from '../changes/change-log';
import { DUPLICATE_ENTRY, errorNumber, type Database, type Sql } from '../database';
import { takeByHand } from '../gate/gate-writes';
import { insertDeliveries } from '../deliveries/new-deliveries';
import { packIds } from './replay-rows';
import { readWindow } from './replay-windows';

/** An event of a backfill with those of the selection who should have it. */
export interface EventToFill {
  event: WarrenEvent;
  targets: readonly RoutingTarget[];
}

export interface BatchRequest {
  job: ReplayJob;
  /** Whose replay it must still be. */
  owner: string;
  at: Date;
  /** When the sweep may think that a message got lost: a replay waits in its queue, and that is no reason to send twice. */
  dueBy: Date;
}

export type RestartRequest = BatchRequest & {
  /** Most deliveries at once. */
  limit: number;
  /** False when the delivery's endpoint or subscription is gone. */
  isAlive: (delivery: { endpointId: string; subscriptionId: string }) => boolean;
};

/** @see ReplayJob: how far the events have been looked at with these. */
export type FillRequest = BatchRequest & { events: readonly EventToFill[]; reached: Buffer };

export interface ReplayBatches {
  /** One transaction: the next deliveries of the selection are PENDING again, in a new generation and a new run. */
  restartNext(request: RestartRequest): Promise<ReplayStep>;
  /** One transaction: deliveries for events that have none. */
  fillNext(request: FillRequest): Promise<ReplayStep>;
  /** Nothing is left of the phase: on to the next one, or COMPLETED. True when that was the last. */
  endPhase(job: ReplayJob, owner: string, at: Date): Promise<boolean>;
}

/** What a replay's runner does in one transaction each. The number of statements does not grow with the batch. */
export function makeReplayBatches(database: Database): ReplayBatches {
  const fill = (request: FillRequest): Promise<ReplayStep> =>
    database.transaction((sql) => insertMissing(sql, request));
  return {
    restartNext: (request) => database.transaction((sql) => restart(sql, request)),

    async fillNext(request) {
      try {
        return await fill(request);
      } catch (error) {
        if (errorNumber(error) !== DUPLICATE_ENTRY) throw error;
        // A router has made one of them in this very moment; now it is seen.
        return fill(request);
      }
    },

    async endPhase({ id, phase, backfills }, owner, at) {
      const isLast = phase === 'events' || !backfills;
      await database.write(
        isLast
          ? `update replays set status = 'COMPLETED', total = done, finished_at = ?, unsent = null, lease_owner = null,
               lease_until = null where id = ? and status = 'RUNNING' and lease_owner = ? and phase = ?`
          : `update replays set phase = 'events', reached = null, unsent = null, touched_at = ?
               where id = ? and status = 'RUNNING' and lease_owner = ? and phase = ?`,
        [at, idBytes('replay', id), owner, phase],
      );
      return isLast;
    },
  };
}

/** Codes of the statuses in which a delivery may stand in its gate's queue. */
const QUEUED: readonly number[] = [STATUS_CODES.HELD, STATUS_CODES.RETRYING, STATUS_CODES.PENDING];

async function restart(sql: Sql, request: RestartRequest): Promise<ReplayStep> {
  const { job, limit, at, dueBy, isAlive } = request;
  if (!(await holdsJob(sql, request))) return { kind: 'lost' };
  const { chosen, reached } = await readWindow(sql, job, limit);
  if (!reached) return { kind: 'phase-ended' };
  const alive = chosen.filter(isAlive);
  const rows = await lockSelected(
    sql,
    job,
    alive.map(({ id }) => id),
  );
  if (rows.length > 0) {
    await sql.write(
      `update deliveries set attempt_count = ${ATTEMPTS_TAKEN}, run_start = attempt_count, status = ?,
         generation = generation + 1, next_attempt_at = ?, held_because = null, updated_at = ? where id in (?)`,
      [STATUS_CODES.PENDING, dueBy, at, rows.map(({ id }) => id)],
    );
    const queued = rows.filter(({ status }) => QUEUED.includes(status)).map(({ id }) => id);
    await takeByHand(sql, queued, at);
  }
  const skipped = chosen.length - alive.length;
  const changes = rows.map(({ id, endpoint_id, status, attempt_count }): Change => ({
    tenantId: job.tenantId,
    endpointId: encodeId('endpoint', endpoint_id),
    deliveryId: encodeId('delivery', id),
    from: statusOfCode(status),
    status: 'PENDING',
    attempt: attempt_count,
  }));
  return advance(sql, { job, reached, changes, skipped }, at);
}

interface LockedRow {
  id: Buffer;
  endpoint_id: Buffer;
  status: number;
  attempt_count: number;
}

/** In id order, so that it never waits for a recorder in a ring. What has moved on since it was looked at is left out. */
function lockSelected(sql: Sql, job: ReplayJob, ids: readonly Buffer[]): Promise<LockedRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return sql.rows(
    'select id, endpoint_id, status, attempt_count from deliveries where id in (?) and status in (?) order by id for update',
    [ids, statusesOf(job.selection).map((status) => STATUS_CODES[status])],
  );
}

async function insertMissing(sql: Sql, request: FillRequest): Promise<ReplayStep> {
  const { job, events, reached, at, dueBy } = request;
  if (!(await holdsJob(sql, request))) return { kind: 'lost' };
  const wanted = new Map(
    events.flatMap(({ event, targets }) =>
      targets.map((target) => [deliveryIdFor(event.id, target.subscriptionId), { event, target }] as const),
    ),
  );
  const present = await presentOf(sql, [...wanted.keys()]);
  const missing = [...wanted].flatMap(([id, made]) => (present.has(id) ? [] : [{ id, ...made }]));
  const changes = await insertDeliveries(sql, missing, { at, dueBy });
  return advance(sql, { job, reached, changes, skipped: 0 }, at);
}

async function presentOf(sql: Sql, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql.rows<{ id: Buffer }>('select id from deliveries where id in (?)', [
    ids.map((id) => idBytes('delivery', id)),
  ]);
  return new Set(rows.map(({ id }) => encodeId('delivery', id)));
}

/** Locks the replay's row for the batch: a cancel waits for its end, a second runner finds that it has moved on. */
async function holdsJob(sql: Sql, { job, owner }: BatchRequest): Promise<boolean> {
  const [row] = await sql.rows<{ phase: string; reached: Buffer | null }>(
    `select phase, reached from replays where id = ? and status = 'RUNNING' and lease_owner = ? for update`,
    [idBytes('replay', job.id), owner],
  );
  if (row?.phase !== job.phase) return false;
  return row.reached && job.reached ? row.reached.equals(job.reached) : row.reached === job.reached;
}

interface Advance {
  job: ReplayJob;
  reached: Buffer;
  changes: readonly Change[];
  skipped: number;
}

/** The replay's own row, then the change log, which must be last. */
async function advance(sql: Sql, { job, reached, changes, skipped }: Advance, at: Date): Promise<ReplayStep> {
  const ids = changes.map(({ deliveryId }) => deliveryId);
  const done = changes.length + skipped;
  await sql.write(
    `update replays set reached = ?, unsent = ?, done = done + ?, skipped = skipped + ?, total = greatest(total, done)
     where id = ?`,
    [reached, packIds(ids), done, skipped, idBytes('replay', job.id)],
  );
  const seqs = await appendChanges(sql, changes, at);
  const moved = ids.map((id, index): ReplayedDelivery => ({ id, seq: seqs[index] ?? 0 }));
  return { kind: 'moved', moved, reached };
}
