import {
  STATUS_AFTER,
  type OutcomeToRecord,
  type RecordedOutcome,
} from '../../domain/delivery/recorded-outcome';
import {
  STATUS_CODES,
  isDue,
  statusOfCode,
  type DeliveryStatus,
} from '../../domain/delivery/delivery-status';
import { encodeId, idBytes } from '../../domain/ids';
import { NONE_UNDER_WAY } from './attempts-taken';
import { countLateAttempts } from './late-attempts';
import { AttemptOnRecord, insertAttempts, type WithAttempt } from './attempt-rows';
import { appendChanges } from '../changes/change-log';
import type { Database, Sql } from '../database';
import { leaveQueue, queueHeld } from '../gate/gate-writes';
import { findTwins } from './twins';
import { latencyOf, type CountedAttempt, type CountedLatency } from '../stats/stat-deltas';

export interface RecordStore {
  /** One transaction for the whole batch; safe to run again. Results in the order given. */
  recordOutcomes(batch: readonly OutcomeToRecord[], at: Date): Promise<RecordedOutcome[]>;
}

interface LockedRow {
  endpointId: string;
  wasDelivered: boolean;
  status: DeliveryStatus;
  attemptCount: number;
  generation: number;
}

/** The row as an outcome leaves it. */
interface Applied extends LockedRow {
  outcome: OutcomeToRecord;
  from: DeliveryStatus;
  /** Delivered for the first time; a retry by hand may deliver again. */
  isFirst: boolean;
}

export function makeRecordStore(database: Database): RecordStore {
  const write = (
    batch: readonly OutcomeToRecord[],
    at: Date,
    mayBeOnRecord: boolean,
  ): Promise<RecordedOutcome[]> => database.transaction((sql) => writeBatch(sql, batch, at, mayBeOnRecord));
  return {
    async recordOutcomes(batch, at) {
      try {
        return await write(batch, at, false);
      } catch (error) {
        if (!(error instanceof AttemptOnRecord)) throw error;
        return write(batch, at, true);
      }
    },
  };
}

async function writeBatch(
  sql: Sql,
  batch: readonly OutcomeToRecord[],
  at: Date,
  mayBeOnRecord: boolean,
): Promise<RecordedOutcome[]> {
  const rows = await lockRows(sql, batch);
  const twins = await findTwins(sql, batch, rows);
  const results: RecordedOutcome[] = [];
  const applied: (Applied & { index: number })[] = [];
  for (const [index, outcome] of batch.entries()) {
    const row = rows.get(outcome.deliveryId);
    const next = row && !twins.has(outcome) ? applyVerdict(outcome, row) : undefined;
    if (next) {
      // The same delivery twice in one batch: the second finds the row as the first leaves it.
      rows.set(outcome.deliveryId, next);
      applied.push({ index, ...next });
    }
    const now = next ?? row;
    results.push({
      applied: next !== undefined,
      status: now?.status ?? 'CANCELLED',
      generation: now?.generation ?? outcome.generation,
      seq: 0,
    });
  }
  const attempts = await insertAttempts(sql, batch, mayBeOnRecord);
  await updateDelivered(sql, applied, at);
  await updateOthers(sql, applied, at);
  await countLateAttempts(sql, batch, rows);
  await queueHeld(sql, idsOf(applied.filter(({ status }) => status === 'HELD')), at);
  await leaveQueue(sql, idsOf(applied.filter(hasLeft)));
  const numbers = await appendChanges(
    sql,
    applied.map(({ outcome, endpointId, from, status, attemptCount }) => ({
      tenantId: outcome.tenantId,
      endpointId,
      deliveryId: outcome.deliveryId,
      from,
      status,
      attempt: attemptCount,
    })),
    at,
    { attempts: attemptsToCount(attempts, rows), latencies: latenciesToCount(applied) },
  );
  for (const [position, { index }] of applied.entries()) {
    const result = results[index];
    if (result) result.seq = numbers[position] ?? 0;
  }
  return results;
}

const idsOf = (applied: readonly Applied[]): string[] => applied.map(({ outcome }) => outcome.deliveryId);

/** What waits on the ladder keeps its place in the queue when others of its lane must not pass it. */
function hasLeft({ outcome: { released }, status }: Applied): boolean {
  if (!released || status === 'HELD') return false;
  return !(status === 'RETRYING' && released.ordered);
}

/** An attempt of a delivery that is no longer on record counts for nobody: nothing says whose it was. */
function attemptsToCount(
  attempts: readonly WithAttempt<OutcomeToRecord>[],
  rows: ReadonlyMap<string, LockedRow>,
): CountedAttempt[] {
  return attempts.flatMap(({ deliveryId, tenantId, attempt }) => {
    const endpointId = rows.get(deliveryId)?.endpointId;
    if (endpointId === undefined) return [];
    return [{ tenantId, endpointId, at: attempt.at, ok: attempt.error === undefined }];
  });
}

function latenciesToCount(applied: readonly Applied[]): CountedLatency[] {
  return applied.flatMap(({ isFirst, endpointId, outcome: { deliveryId, tenantId, attempt } }) => {
    if (!isFirst || !attempt) return [];
    return [latencyOf({ tenantId, endpointId, deliveryId, attempt })];
  });
}

/** In id order, so that two recorders never wait for each other in a ring. */
async function lockRows(sql: Sql, batch: readonly OutcomeToRecord[]): Promise<Map<string, LockedRow>> {
  const ids = [...new Set(batch.map(({ deliveryId }) => deliveryId))]
    .sort()
    .map((id) => idBytes('delivery', id));
  const rows = await sql.rows<{
    id: Buffer;
    endpoint_id: Buffer;
    status: number;
    attempt_count: number;
    generation: number;
    was_delivered: number;
  }>(
    `select id, endpoint_id, status, attempt_count, generation, delivered_at is not null as was_delivered from deliveries
     where id in (?) order by id for update`,
    [ids],
  );
  return new Map(
    rows.map((row) => [
      encodeId('delivery', row.id),
      {
        endpointId: encodeId('endpoint', row.endpoint_id),
        status: statusOfCode(row.status),
        attemptCount: row.attempt_count,
        generation: row.generation,
        wasDelivered: Boolean(row.was_delivered),
      },
    ]),
  );
}

/** Compare and set: only the attempt that the row is waiting for, in the generation it is in, moves it. */
function applyVerdict(outcome: OutcomeToRecord, row: LockedRow): Applied | undefined {
  const expected =
    isDue(row.status) && row.generation === outcome.generation && row.attemptCount === outcome.number - 1;
  if (!expected) return undefined;
  const parked = outcome.verdict.kind === 'hold' || outcome.verdict.kind === 'cancel';
  const status = STATUS_AFTER[outcome.verdict.kind];
  return {
    outcome,
    endpointId: row.endpointId,
    from: row.status,
    status,
    isFirst: status === 'DELIVERED' && !row.wasDelivered,
    wasDelivered: row.wasDelivered || status === 'DELIVERED',
    attemptCount: outcome.attempt ? outcome.number : row.attemptCount,
    // What waits or is cancelled makes every message about it obsolete; its release writes a new one.
    generation: parked ? row.generation + 1 : row.generation,
  };
}

/** Nearly all outcomes are deliveries, and those of one attempt number differ in nothing but their id. */
async function updateDelivered(sql: Sql, applied: readonly Applied[], at: Date): Promise<void> {
  const byCount = new Map<number, Buffer[]>();
  for (const { outcome, status, attemptCount } of applied) {
    if (status !== 'DELIVERED') continue;
    const ids = byCount.get(attemptCount) ?? [];
    ids.push(idBytes('delivery', outcome.deliveryId));
    byCount.set(attemptCount, ids);
  }
  for (const [attemptCount, ids] of byCount) {
    await sql.write(
      `update deliveries set status = ?, attempt_count = ?, next_attempt_at = null, last_error = null,
         updated_at = ?, delivered_at = ? where id in (?)`,
      [STATUS_CODES.DELIVERED, attemptCount, at, at, ids],
    );
  }
}

/** The rest differ in everything; a table of the new values, joined, still makes it one statement. */
async function updateOthers(sql: Sql, applied: readonly Applied[], at: Date): Promise<void> {
  const values = applied.flatMap(({ outcome, status, attemptCount, generation }) => {
    if (status === 'DELIVERED') return [];
    const { verdict, attempt, nextAttemptAt, deliveryId } = outcome;
    return [
      [
        idBytes('delivery', deliveryId),
        STATUS_CODES[status],
        attemptCount,
        generation,
        nextAttemptAt ?? null,
        verdict.kind === 'hold' ? verdict.because : null,
        // An attempt that the receiver only put off takes no step of the ladder.
        verdict.kind === 'hold' && attempt ? 1 : 0,
        attempt?.error ?? (verdict.kind === 'cancel' ? verdict.because : null),
      ],
    ];
  });
  if (values.length === 0) return;
  const first =
    'select ? as id, ? as status, ? as attempt_count, ? as generation, ? as next_attempt_at, ? as held_because, ? as put_off, ? as error';
  const others = ' union all select ?, ?, ?, ?, ?, ?, ?, ?'.repeat(values.length - 1);
  await sql.write(
    `update deliveries d join (${first}${others}) v on d.id = v.id
     set d.status = v.status, d.attempt_count = v.attempt_count, d.generation = v.generation,
       d.next_attempt_at = v.next_attempt_at, d.held_because = v.held_because,
       d.run_start = if(v.status = ?, v.${NONE_UNDER_WAY}, d.run_start + v.put_off),
       d.last_error = coalesce(v.error, d.last_error), d.updated_at = ?`,
    [...values.flat(), STATUS_CODES.CANCELLED, at],
  );
}
