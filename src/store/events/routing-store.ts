import type { EventToRoute, RoutedDelivery, RoutedEvent } from '../../domain/routing/routed-event';
import { STATUS_CODES } from '../../domain/delivery/delivery-status';
import { deliveryIdFor, encodeId, idBytes } from '../../domain/ids';
import type { WarrenEvent } from '../../domain/nouns';
import { AttemptOnRecord, insertAttempts } from '../deliveries/attempt-rows';
import { appendChanges } from '../changes/change-log';
import { DUPLICATE_ENTRY, errorNumber, type Database, type Sql } from '../database';
import { claimKeys, resolveIds, takeNewKeys, type Keyed } from './idempotency-keys';
import { insertDeliveries, type NewDelivery } from '../deliveries/new-deliveries';
import { latencyOf } from '../stats/stat-deltas';

export interface RoutingStore {
  /** One transaction for the whole batch; safe to run again. Results in the order given. */
  routeEvents(batch: readonly EventToRoute[], at: Date): Promise<RoutedEvent[]>;
  /** Takes the idempotency keys of events. Gives the ids under which these count, in their order; safe to run again. */
  claimIds(events: readonly Keyed[], at: Date): Promise<string[]>;
}

export function makeRoutingStore(database: Database): RoutingStore {
  const write = (batch: readonly EventToRoute[], at: Date): Promise<RoutedEvent[]> =>
    database.transaction((sql) => writeBatch(sql, batch, at));
  return {
    async routeEvents(batch, at) {
      try {
        return await write(batch, at);
      } catch (error) {
        if (errorNumber(error) !== DUPLICATE_ENTRY && !(error instanceof AttemptOnRecord)) throw error;
        // Another router has written one of these events meanwhile (its connection is gone, its commit was not).
        return write(
          batch.map((entry) => ({ ...entry, suspect: true, attempted: undefined })),
          at,
        );
      }
    },
    claimIds: (events, at) =>
      resolveIds(events, async (claims) => {
        // Nearly always all keys are new: one statement, which commits itself.
        const taken = await takeNewKeys(database, claims, at);
        return taken ?? database.transaction((sql) => claimKeys(sql, claims, at));
      }),
  };
}

async function writeBatch(sql: Sql, batch: readonly EventToRoute[], at: Date): Promise<RoutedEvent[]> {
  const unclaimed = batch.map(({ event, isClaimed }) => ({
    id: event.id,
    tenantId: event.tenantId,
    idempotencyKey: isClaimed ? undefined : event.idempotencyKey,
  }));
  const ids = await resolveIds(unclaimed, (claims) => claimKeys(sql, claims, at));
  const known = await findKnown(sql, batch, ids);
  const results: RoutedEvent[] = [];
  const written = new Set<string>();
  const fresh: FreshEvent[] = [];
  for (const [index, entry] of batch.entries()) {
    const { event, targets, configVersion, lackedScope, redelivered, attempted } = entry;
    const eventId = ids[index] ?? event.id;
    const owner = known.get(eventId);
    if (owner !== undefined && owner !== event.tenantId) results.push({ kind: 'foreign' });
    else if (owner !== undefined || written.has(eventId)) {
      const deliveries = redelivered ? await unsentOf(sql, eventId) : [];
      results.push({ kind: 'twin', eventId, deliveries });
    } else {
      written.add(eventId);
      const into: RoutedDelivery[] = [];
      fresh.push({ event: withId(event, eventId), targets, configVersion, lackedScope, attempted, into });
      results.push({ kind: 'fresh', eventId, deliveries: into });
    }
  }
  await insertEvents(sql, fresh);
  await insertTargets(sql, fresh, at);
  return results;
}

interface FreshEvent extends Pick<
  EventToRoute,
  'event' | 'targets' | 'configVersion' | 'lackedScope' | 'attempted'
> {
  into: RoutedDelivery[];
}

const withId = (event: WarrenEvent, id: string): WarrenEvent => (event.id === id ? event : { ...event, id });

/** Which of the events that may be on record are, and whose. Events fresh from a producer cost no look-up. */
async function findKnown(
  sql: Sql,
  batch: readonly EventToRoute[],
  ids: readonly string[],
): Promise<Map<string, string>> {
  const suspects = batch.flatMap(({ event, suspect }, index) => {
    const id = ids[index] ?? event.id;
    return suspect || id !== event.id ? [idBytes('event', id)] : [];
  });
  if (suspects.length === 0) return new Map();
  const rows = await sql.rows<{ id: Buffer; tenant_id: Buffer }>(
    'select id, tenant_id from events where id in (?)',
    [suspects],
  );
  return new Map(rows.map((row) => [encodeId('event', row.id), encodeId('tenant', row.tenant_id)]));
}

/**
 * Those that wait for their first attempt, and those whose first has failed: a router that made it itself may have died
 * before it sent them up the ladder or to the dead letters. The worker finds that attempt on record, and sends on.
 */
async function unsentOf(sql: Sql, eventId: string): Promise<RoutedDelivery[]> {
  const rows = await sql.rows<{
    id: Buffer;
    endpoint_id: Buffer;
    subscription_id: Buffer;
    generation: number;
  }>(
    `select id, endpoint_id, subscription_id, generation from deliveries
     where event_id = ? and (status, attempt_count) in (?)`,
    [
      idBytes('event', eventId),
      [
        [STATUS_CODES.PENDING, 0],
        [STATUS_CODES.RETRYING, 1],
        [STATUS_CODES.DEAD_LETTERED, 1],
      ],
    ],
  );
  return rows.map((row) => ({
    id: encodeId('delivery', row.id),
    endpointId: encodeId('endpoint', row.endpoint_id),
    subscriptionId: encodeId('subscription', row.subscription_id),
    status: 'PENDING',
    generation: row.generation,
    seq: 0,
  }));
}

async function insertEvents(sql: Sql, events: readonly FreshEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql.write(
    `insert into events (id, tenant_id, type, version, data, occurred_at, received_at, idempotency_key, ordering_key,
       deliver_at, traceparent, config_version, lacked_scope) values ?`,
    [
      events.map(({ event, configVersion, lackedScope }) => [
        idBytes('event', event.id),
        idBytes('tenant', event.tenantId),
        event.type,
        event.version,
        event.data,
        event.occurredAt,
        event.receivedAt,
        event.idempotencyKey ?? null,
        event.orderingKey ?? null,
        event.deliverAt ?? null,
        event.traceparent ?? null,
        configVersion,
        lackedScope,
      ]),
    ],
  );
}

async function insertTargets(sql: Sql, fresh: readonly FreshEvent[], at: Date): Promise<void> {
  const made = fresh.flatMap(({ event, targets, attempted, into }) =>
    targets.map((target, index): Made => {
      const id = attempted?.deliveryIds[index] ?? deliveryIdFor(event.id, target.subscriptionId);
      const attempt = attempted?.delivered.get(id);
      return {
        id,
        event,
        target,
        delivered: attempt && attempted && { since: attempted.since, attempt },
        into,
      };
    }),
  );
  const delivered = made.flatMap(asDelivered);
  const changes = await insertDeliveries(sql, made, { at, dueBy: at });
  await insertAttempts(sql, delivered, false);
  const numbers = await appendChanges(sql, changes, at, {
    attempts: delivered.map(({ tenantId, endpointId, attempt }) => ({
      tenantId,
      endpointId,
      at: attempt.at,
      ok: true,
    })),
    latencies: delivered.map(latencyOf),
  });
  // The last of a delivery's changes, where there are two.
  const seqs = new Map(changes.map(({ deliveryId }, index) => [deliveryId, numbers[index] ?? 0]));
  for (const { id, target, delivered, into } of made) {
    const { endpointId, subscriptionId } = target;
    const status = delivered ? 'DELIVERED' : target.status;
    into.push({ id, endpointId, subscriptionId, status, generation: 0, seq: seqs.get(id) ?? 0 });
  }
}

interface Made extends NewDelivery {
  into: RoutedDelivery[];
}

const asDelivered = ({ id, event, target, delivered }: Made) =>
  delivered
    ? [
        {
          deliveryId: id,
          tenantId: event.tenantId,
          endpointId: target.endpointId,
          attempt: delivered.attempt,
        },
      ]
    : [];
