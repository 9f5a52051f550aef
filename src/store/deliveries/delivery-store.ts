import type { DeliveryState, DueMaterial, MoveResult } from '../../domain/delivery/delivery-records';
import {
  STATUS_CODES,
  isLegalTransition,
  statusOfCode,
  type DeliveryStatus,
} from '../../domain/delivery/delivery-status';
import { decodeId, encodeId, idBytes } from '../../domain/ids';
import type { Delivery } from '../../domain/nouns';
import { ATTEMPTS_TAKEN, MAY_BE_UNDER_WAY, NONE_UNDER_WAY } from './attempts-taken';
import { appendChanges } from '../changes/change-log';
import type { Database, Sql } from '../database';
import { DELIVERY_COLUMNS, toDelivery, type DeliveryRow } from './delivery-rows';
import { leaveQueue, takeByHand } from '../gate/gate-writes';

export interface DeliveryStore {
  /** Present state by id; ids without a row are left out. One statement for any number. */
  statesOf(ids: readonly string[]): Promise<Map<string, DeliveryState>>;
  /** PENDING again, in a new generation and a new run up the ladder. `tenantId` null: any tenant's. */
  restart(tenantId: string | null, id: string, at: Date): Promise<MoveResult>;
  cancel(tenantId: string | null, id: string, at: Date): Promise<MoveResult>;
  /** Everything needed to send deliveries again. */
  materialOf(ids: readonly string[]): Promise<DueMaterial[]>;
  /** Claims up to `limit` deliveries whose attempt is overdue since `before`, and moves their due time to `until`. */
  claimOverdue(before: Date, until: Date, limit: number): Promise<string[]>;
  /** The event's data, or undefined when it is not on record (any more). */
  eventData(eventId: string): Promise<Buffer | undefined>;
}

export function makeDeliveryStore(database: Database): DeliveryStore {
  return {
    async statesOf(ids) {
      if (ids.length === 0) return new Map();
      const rows = await database.rows<StateRow>(
        `select id, status, attempt_count, generation, last_error, next_attempt_at from deliveries where id in (?)`,
        [ids.map((id) => idBytes('delivery', id))],
      );
      return new Map(rows.map((row) => [encodeId('delivery', row.id), toState(row)]));
    },

    restart: (tenantId, id, at) =>
      move(database, { tenantId, id, at, to: 'PENDING' }, async (delivery, found, sql) => {
        const attemptCount = (await readNumber(sql, ATTEMPTS_TAKEN, found.id)) ?? found.attemptCount;
        return { ...delivery, attemptCount, runStart: attemptCount, nextAttemptAt: at };
      }),

    cancel: (tenantId, id, at) =>
      move(database, { tenantId, id, at, to: 'CANCELLED' }, async (delivery, found, sql) => {
        const runStart = await readNumber(
          sql,
          `if(${MAY_BE_UNDER_WAY}, run_start, ${NONE_UNDER_WAY})`,
          found.id,
        );
        return { ...withoutDueTime(delivery), runStart: runStart ?? found.runStart };
      }),

    materialOf: (ids) => readMaterial(database, ids),

    claimOverdue: (before, until, limit) =>
      database.transaction(async (sql) => {
        const rows = await sql.rows<{ id: Buffer }>(
          `select id from deliveries where status in (?) and next_attempt_at < ? limit ? for update skip locked`,
          [[STATUS_CODES.PENDING, STATUS_CODES.RETRYING], before, limit],
        );
        if (rows.length === 0) return [];
        await sql.write('update deliveries set next_attempt_at = ? where id in (?)', [
          until,
          rows.map((row) => row.id),
        ]);
        return rows.map((row) => encodeId('delivery', row.id));
      }),

    async eventData(eventId) {
      const [row] = await database.rows<{ data: Buffer }>('select data from events where id = ?', [
        idBytes('event', eventId),
      ]);
      return row?.data;
    },
  };
}

interface StateRow {
  id: Buffer;
  status: number;
  attempt_count: number;
  generation: number;
  last_error: string | null;
  next_attempt_at: Date | null;
}

const toState = (row: StateRow): DeliveryState => ({
  status: statusOfCode(row.status),
  attemptCount: row.attempt_count,
  generation: row.generation,
  lastError: row.last_error,
  nextAttemptAt: row.next_attempt_at,
});

function withoutDueTime({ nextAttemptAt: _dropped, ...delivery }: Delivery): Delivery {
  return delivery;
}

/** What an expression says of a delivery's row. */
async function readNumber(sql: Sql, expression: string, id: string): Promise<number | undefined> {
  const [row] = await sql.rows<{ value: string | number }>(
    `select ${expression} as value from deliveries where id = ?`,
    [idBytes('delivery', id)],
  );
  return row && Number(row.value);
}

interface Move {
  tenantId: string | null;
  id: string;
  at: Date;
  to: DeliveryStatus;
}

/** A move by hand: raises the generation, so that every message on its way is obsolete. */
function move(
  database: Database,
  request: Move,
  change: (delivery: Delivery, found: Delivery, sql: Sql) => Delivery | Promise<Delivery>,
): Promise<MoveResult> {
  return database.transaction(async (sql) => {
    const found = await lockDelivery(sql, request);
    if (!found) return { kind: 'not-found' };
    if (!isLegalTransition(found.status, request.to)) return { kind: 'refused', status: found.status };
    if (request.to === 'PENDING' && (await isEndpointDeleted(sql, found))) return { kind: 'endpoint-gone' };
    const raised = { ...found, status: request.to, generation: found.generation + 1, updatedAt: request.at };
    const { heldBecause: _released, ...moved } = await change(raised, found, sql);
    await sql.write(
      `update deliveries set status = ?, generation = ?, attempt_count = ?, run_start = ?, next_attempt_at = ?, held_because = null,
         updated_at = ? where id = ?`,
      [
        STATUS_CODES[moved.status],
        moved.generation,
        moved.attemptCount,
        moved.runStart,
        moved.nextAttemptAt ?? null,
        request.at,
        idBytes('delivery', moved.id),
      ],
    );
    if (moved.status === 'PENDING') await takeByHand(sql, [idBytes('delivery', moved.id)], request.at);
    else await leaveQueue(sql, [moved.id]);
    const [seq = 0] = await appendChanges(
      sql,
      [
        {
          tenantId: moved.tenantId,
          endpointId: moved.endpointId,
          deliveryId: moved.id,
          from: found.status,
          status: moved.status,
          attempt: found.attemptCount,
        },
      ],
      request.at,
    );
    return { kind: 'moved', moved: { delivery: moved, seq } };
  });
}

async function lockDelivery(sql: Sql, { tenantId, id }: Move): Promise<Delivery | undefined> {
  const bytes = decodeId('delivery', id);
  if (!bytes) return undefined;
  const [row] = await sql.rows<DeliveryRow>(
    `select ${DELIVERY_COLUMNS} from deliveries where id = ? for update`,
    [bytes],
  );
  const delivery = row && toDelivery(row);
  return delivery && (tenantId === null || delivery.tenantId === tenantId) ? delivery : undefined;
}

async function isEndpointDeleted(sql: Sql, { endpointId }: Delivery): Promise<boolean> {
  const rows = await sql.rows('select 1 from endpoints where id = ? and deleted_at is not null', [
    idBytes('endpoint', endpointId),
  ]);
  return rows.length > 0;
}

async function readMaterial(database: Database, ids: readonly string[]): Promise<DueMaterial[]> {
  if (ids.length === 0) return [];
  const columns = DELIVERY_COLUMNS.split(',').map((column) => `d.${column.trim()}`);
  const rows = await database.rows<
    DeliveryRow & {
      slug: string;
      config_version: string;
      version: number;
      occurred_at: Date;
      traceparent: string | null;
      data: Buffer;
    }
  >(
    `select ${columns.join(', ')}, t.slug, t.config_version, e.version, e.occurred_at, e.traceparent, e.data
     from deliveries d join events e on e.id = d.event_id join tenants t on t.id = d.tenant_id where d.id in (?)`,
    [ids.map((id) => idBytes('delivery', id))],
  );
  return rows.map((row) => ({
    delivery: toDelivery(row),
    tenantSlug: row.slug,
    configVersion: Number(row.config_version),
    version: row.version,
    occurredAt: row.occurred_at,
    traceparent: row.traceparent,
    data: row.data,
  }));
}
