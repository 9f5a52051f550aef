import { setImmediate as turn } from 'node:timers/promises';
import { catalogErrors, type CatalogVerdict, type EventToCheck } from '../domain/schema/catalog';
import type { PublishInput, PublishReceipt } from '../domain/routing/publish';
import { done, refused, type Outcome, type UserError } from '../domain/errors';
import { newId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { Caller } from '../domain/scopes';
import type { OutgoingEvent } from '../messages/outgoing-event';
import { failpoint } from '../runtime/failpoint';
import type { MaybePromise } from '../runtime/maybe-promise';
import { checkInput, encodeData } from './check-input';

export interface TenantVersion {
  tenantId: string;
  slug: string;
  configVersion: number;
  sharedCatalogVersion: number;
}

/** What publishing needs of the rest of the house. */
export interface IngestDeps {
  maxEventBytes: number;
  /** Where people reach Warren, where somebody has said so. */
  publicUrl?: string | undefined;
  /** How far ahead an event may be scheduled: what is past retention cannot be delivered. */
  maxDelayMs: number;
  /** Tenants by slug or id, as committed now; unknown ones are left out. */
  tenantVersions(refs: readonly string[]): Promise<Map<string, TenantVersion>>;
  /** What the catalog says of the event; answers from memory where it can. */
  checkEvent(event: EventToCheck): MaybePromise<CatalogVerdict>;
  /** Takes idempotency keys; answers with the event id that each key stands for. */
  claimKeys(
    claims: readonly { tenantId: string; key: string; eventId: string }[],
    at: Date,
  ): Promise<string[]>;
  /** Which of these events are on record. */
  eventsOnRecord(eventIds: readonly string[]): Promise<Set<string>>;
  /** Resolves once the broker has confirmed it. */
  publish(event: OutgoingEvent): Promise<void>;
}

/**
 * Takes events from the API: all or none pass validation; returns once the broker has confirmed every one. Never writes
 * the event to the database: that is the router's, in one place, from the queue.
 */
export async function publishEvents(
  deps: IngestDeps,
  caller: Caller,
  inputs: readonly PublishInput[],
): Promise<Outcome<PublishReceipt[]>> {
  const count = inputs.length;
  if (count === 0 || count > LIMITS.eventsPerPublish) {
    const code = count === 0 ? 'REQUIRED' : 'LIMIT';
    return refused(code, `Send 1 to ${LIMITS.eventsPerPublish} events at once.`, ['events']);
  }
  const refs = inputs.map((input) => input.tenant ?? caller.tenantId);
  const tenants = await deps.tenantVersions([...new Set(refs.filter((ref) => ref !== null))]);
  const prepared = inputs.map((input, index) =>
    prepare(deps, caller, input, index, tenants.get(refs[index] ?? '')),
  );
  const userErrors = prepared.flatMap((item) => ('userErrors' in item ? item.userErrors : []));
  if (userErrors.length > 0) return { ok: false, userErrors };
  const checked = await checkAll(deps, prepared as OutgoingEvent[]);
  return checked.ok ? done(await send(deps, checked.value)) : checked;
}

/** Nobody mends more at a time, and an answer must end somewhere. */
const MAX_ERRORS = 100;

/** Asks the catalog; answers with the events at the versions that they follow. */
async function checkAll(
  deps: IngestDeps,
  events: readonly OutgoingEvent[],
): Promise<Outcome<OutgoingEvent[]>> {
  const userErrors: UserError[] = [];
  const checked: OutgoingEvent[] = [];
  for (const [index, event] of events.entries()) {
    const verdict = await deps.checkEvent({
      ...event,
      version: event.version,
      data: () => JSON.parse(event.data.toString('utf8')) as unknown,
    });
    if (verdict.ok) checked.push({ ...event, version: verdict.version });
    else {
      userErrors.push(...catalogErrors(verdict, ['events', String(index)]));
      if (userErrors.length >= MAX_ERRORS) break;
      // What does not fit may have taken long to check: others get their turn in between.
      await turn();
    }
  }
  return userErrors.length > 0 ? { ok: false, userErrors } : done(checked);
}

function prepare(
  deps: IngestDeps,
  caller: Caller,
  input: PublishInput,
  index: number,
  tenant: TenantVersion | undefined,
): OutgoingEvent | { userErrors: UserError[] } {
  const path = ['events', String(index)];
  const userErrors = checkInput(input, path, deps.maxDelayMs);
  const data = encodeData(input.data, deps.maxEventBytes, path);
  if (!Buffer.isBuffer(data)) userErrors.push(data);
  const mayPublish = tenant && (caller.tenantId === null || caller.tenantId === tenant.tenantId);
  if (!mayPublish) userErrors.push(tenantError(caller, input, path));
  if (userErrors.length > 0 || !mayPublish || !Buffer.isBuffer(data)) return { userErrors };
  const now = new Date();
  return {
    tenantId: tenant.tenantId,
    tenantSlug: tenant.slug,
    configVersion: tenant.configVersion,
    sharedCatalogVersion: tenant.sharedCatalogVersion,
    eventId: newId('event'),
    type: input.type,
    data,
    receivedAt: now,
    occurredAt: input.timestamp ?? now,
    ...(input.version === undefined ? {} : { version: input.version }),
    ...(input.idempotencyKey === undefined ? {} : { idempotencyKey: input.idempotencyKey }),
    ...(input.orderingKey === undefined ? {} : { orderingKey: input.orderingKey }),
    ...(input.deliverAt === undefined ? {} : { deliverAt: input.deliverAt }),
    ...(input.traceparent === undefined ? {} : { traceparent: input.traceparent }),
  };
}

function tenantError(caller: Caller, input: PublishInput, path: string[]): UserError {
  const field = [...path, 'tenant'];
  if (input.tenant === undefined && caller.tenantId === null) {
    return {
      field,
      code: 'REQUIRED',
      message: 'Name the tenant (slug or ten_ id): this key belongs to no single one.',
    };
  }
  return { field, code: 'NOT_FOUND', message: 'There is no such tenant.' };
}

/**
 * A key that is taken while its event is not on record yet is published again under the same id: whoever took it may
 * have died before the publish. The router drops the twin.
 */
async function send(deps: IngestDeps, events: readonly OutgoingEvent[]): Promise<PublishReceipt[]> {
  const keyed = events.filter((event) => event.idempotencyKey !== undefined);
  const owners = await ownersOf(deps, keyed);
  failpoint('api.claimed');
  const repeated = [...owners].filter(([event, owner]) => event.eventId !== owner).map(([, owner]) => owner);
  const onRecord = repeated.length > 0 ? await deps.eventsOnRecord(repeated) : new Set<string>();
  const sent = new Set(onRecord);
  return Promise.all(
    events.map(async (event) => {
      const eventId = owners.get(event) ?? event.eventId;
      const receipt = { eventId, duplicate: eventId !== event.eventId };
      if (sent.has(eventId)) return receipt;
      sent.add(eventId);
      await deps.publish({ ...event, eventId });
      failpoint('api.published');
      return receipt;
    }),
  );
}

async function ownersOf(
  deps: IngestDeps,
  keyed: readonly OutgoingEvent[],
): Promise<Map<OutgoingEvent, string>> {
  const bySlot = new Map<string, { tenantId: string; key: string; eventId: string }>();
  const slotOf = (event: OutgoingEvent): string => `${event.tenantId} ${event.idempotencyKey ?? ''}`;
  for (const event of keyed) {
    const slot = slotOf(event);
    const claim = { tenantId: event.tenantId, key: event.idempotencyKey ?? '', eventId: event.eventId };
    if (!bySlot.has(slot)) bySlot.set(slot, claim);
  }
  if (bySlot.size === 0) return new Map();
  // In sorted order, or two callers that use the same keys would deadlock.
  const slots = [...bySlot.keys()].sort();
  const owners = await deps.claimKeys(
    slots.map((slot) => bySlot.get(slot) as { tenantId: string; key: string; eventId: string }),
    new Date(),
  );
  const ownerBySlot = new Map(slots.map((slot, index) => [slot, owners[index]]));
  return new Map(keyed.map((event) => [event, ownerBySlot.get(slotOf(event)) ?? event.eventId]));
}
