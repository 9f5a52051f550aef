import type { EventToRoute, RoutedDelivery, RoutedEvent } from '../domain/routed-event';
import { STATUS_CODES } from '../domain/delivery-status';
import { deliveryIdFor, encodeId, idBytes } from '../domain/ids';
import { appendChanges } from './change-log';
import { DUPLICATE_ENTRY, errorNumber, type Database, type Sql } from './database';
import { claimKeys, keyHash, type KeyClaim } from './idempotency-keys';
import { insertDeliveries } from './new-deliveries';

export interface RoutingStore {
  /** One transaction for the whole batch; safe to run again. Results in the order given. */
  routeEvents(batch: readonly EventToRoute[], at: Date): Promise<RoutedEvent[]>;
}

export function makeRoutingStore(database: Database): RoutingStore {
  const write = (batch: readonly EventToRoute[], at: Date): Promise<RoutedEvent[]> =>
    database.transaction((sql) => writeBatch(sql, batch, at));
  return {
    async routeEvents(batch, at) {
      try {
        return await write(batch, at);
      } catch (error) {
        if (errorNumber(error) !== DUPLICATE_ENTRY) throw error;
        // Another router has written one of these events meanwhile (its connection is gone, its commit was not).
        return write(
          batch.map((entry) => ({ ...entry, suspect: true })),
          at,
        );
      }
    },
  };
}

async function writeBatch(sql: Sql, batch: readonly EventToRoute[], at: Date): Promise<RoutedEvent[]> {
  const ids = await resolveIds(sql, batch, at);
  const known = await findKnown(sql, batch, ids);
  const results: RoutedEvent[] = [];
  const written = new Set<string>();
  const fresh: FreshEvent[] = [];
  for (const [index, { event, targets, configVersion, lackedScope, redelivered }] of batch.entries()) {
    const eventId = ids[index] ?? event.id;
    const owner = known.get(eventId);
    if (owner !== undefined && owner !== event.tenantId) results.push({ kind: 'foreign' });
    else if (owner !== undefined || written.has(eventId)) {
      const deliveries = redelivered ? await unsentOf(sql, eventId) : [];
      results.push({ kind: 'twin', eventId, deliveries });
    } else {
      written.add(eventId);
      const into: RoutedDelivery[] = [];
      fresh.push({ event: { ...event, id: eventId }, targets, configVersion, lackedScope, into });
      results.push({ kind: 'fresh', eventId, deliveries: into });
    }
  }
  await insertEvents(sql, fresh);
  await insertTargets(sql, fresh, at);
  return results;
}

interface FreshEvent extends Pick<EventToRoute, 'event' | 'targets' | 'configVersion' | 'lackedScope'> {
  into: RoutedDelivery[];
}

/**
 * The id under which each event counts: its own, or that of the first event with its idempotency key. The key rows are
 * inserted in sorted order, or two routers would deadlock.
 */
async function resolveIds(sql: Sql, batch: readonly EventToRoute[], at: Date): Promise<string[]> {
  const ids = batch.map(({ event }) => event.id);
  const claims = new Map<string, KeyClaim & { indexes: number[] }>();
  for (const [index, { event }] of batch.entries()) {
    if (event.idempotencyKey === undefined) continue;
    const tenant = idBytes('tenant', event.tenantId);
    const hash = keyHash(event.idempotencyKey);
    const slot = `${event.tenantId}${hash.toString('hex')}`;
    const claim = claims.get(slot);
    if (claim) claim.indexes.push(index);
    else claims.set(slot, { tenant, hash, eventId: event.id, indexes: [index] });
  }
  if (claims.size === 0) return ids;
  const sorted = [...claims].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, claim]) => claim);
  const owners = await claimKeys(sql, sorted, at);
  for (const [position, claim] of sorted.entries()) {
    for (const index of claim.indexes) ids[index] = owners[position] ?? claim.eventId;
  }
  return ids;
}

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
  const made = fresh.flatMap(({ event, targets, into }) =>
    targets.map((target) => ({ id: deliveryIdFor(event.id, target.subscriptionId), event, target, into })),
  );
  const numbers = await appendChanges(sql, await insertDeliveries(sql, made, { at, dueBy: at }), at);
  for (const [index, { id, target, into }] of made.entries()) {
    const { endpointId, subscriptionId, status } = target;
    into.push({ id, endpointId, subscriptionId, status, generation: 0, seq: numbers[index] ?? 0 });
  }
}
