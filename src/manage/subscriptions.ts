import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { Replay } from '../domain/replay';
import { everyEventOf } from '../domain/settings';
import type { TenantScope, WebhookSubscription, WebhookSubscriptionChanges } from '../domain/settings';
import type { ControlMessage } from '../messages/control';
import { checkAgainstCatalog, type CatalogLookUp } from './checks/check-catalog';
import {
  checkSubscription,
  rulesAfter,
  type CheckExpression,
  type SubscriptionFields,
} from './checks/check-subscription';
import { fault, type Faults } from './checks/field-checks';
import { noEndpoint, noSubscription } from './not-found';
import type { Backfill, EndpointRecords, ReplayRecords, SubscriptionRecords, TenantRecords } from './records';
import { tooManyReplays } from './replays';

export interface NewSubscriptionInput extends SubscriptionFields {
  endpointId: string;
  eventTypes: string[];
  /** Also what was received since then. */
  backfillSince?: Date | null | undefined;
}

/** A subscription that was just made, and its backfill. */
export type MadeSubscription = WebhookSubscription & { backfill?: Replay };

/** What is left out stays; null sets the default again. */
export interface SubscriptionChangeInput extends SubscriptionFields {
  id: string;
  enabled?: boolean | null | undefined;
}

export interface SubscriptionNeeds {
  endpoints: EndpointRecords;
  subscriptions: SubscriptionRecords;
  catalog: Pick<CatalogLookUp, 'named'>;
  tenants: Pick<TenantRecords, 'find'>;
  replays: Pick<ReplayRecords, 'byIds' | 'estimateNew'>;
  announce: (message: ControlMessage) => void;
  checkExpression: CheckExpression;
}

export type SubscriptionUseCases = ReturnType<typeof makeSubscriptions>;

export function makeSubscriptions({
  endpoints,
  subscriptions,
  catalog,
  tenants,
  replays,
  announce,
  checkExpression,
}: SubscriptionNeeds) {
  const lookUp: CatalogLookUp = {
    named: (tenantId, names) => catalog.named(tenantId, names),
    tenantOf: (tenantId) => tenants.find(tenantId, tenantId),
  };

  /** @param present what it is subscribed to already, which stays whatever the catalog says by now */
  async function checkAll(
    tenantId: string,
    fields: SubscriptionFields,
    present: readonly string[],
  ): Promise<Faults> {
    const faults = await checkSubscription(tenantId, fields, checkExpression);
    if (faults.length > 0 || !fields.eventTypes) return faults;
    const refusals = await checkAgainstCatalog(lookUp, tenantId, fields.eventTypes);
    return refusals.filter(({ field }) => !present.includes(fields.eventTypes?.[Number(field?.[1])] ?? ''));
  }

  const findSubscription = async (
    scope: TenantScope,
    id: string,
  ): Promise<WebhookSubscription | undefined> =>
    decodeId('subscription', id) ? subscriptions.find(scope, id) : undefined;

  async function announced(
    tenantId: string,
    version: number,
    id: string,
  ): Promise<Outcome<WebhookSubscription>> {
    announce({ kind: 'config', tenantId, version });
    const subscription = await subscriptions.find(tenantId, id);
    return subscription ? done(subscription) : noSubscription('id');
  }

  async function planBackfill(
    tenantId: string,
    eventTypes: readonly string[],
    since: Date,
    now: Date,
    requestedBy: string | null,
  ): Promise<Backfill> {
    const range = { tenantId, selection: { since }, createdAt: now };
    return { since, requestedBy, total: await replays.estimateNew(range, eventTypes) };
  }

  return {
    /** @param requestedBy the API key, for the record of a backfill */
    async create(
      scope: TenantScope,
      input: NewSubscriptionInput,
      requestedBy: string | null = null,
    ): Promise<Outcome<MadeSubscription>> {
      const now = new Date();
      const endpoint = decodeId('endpoint', input.endpointId)
        ? await endpoints.find(scope, input.endpointId)
        : undefined;
      if (!endpoint) return noEndpoint('endpointId');
      const faults = await checkAll(endpoint.tenantId, input, []);
      const userErrors = [...faults, ...checkBackfill(input, now)];
      if (userErrors.length > 0) return { ok: false, userErrors };
      const rules = rulesAfter(everyEventOf(input.eventTypes), input);
      const { tenantId } = endpoint;
      const backfill = input.backfillSince
        ? await planBackfill(tenantId, rules.eventTypes, input.backfillSince, now, requestedBy)
        : undefined;
      const created = await subscriptions.create(tenantId, endpoint.id, rules, now, backfill);
      if (!created || created.value.kind === 'no-endpoint') return noEndpoint('endpointId');
      if (created.value.kind === 'full') {
        return refused('LIMIT', `An endpoint has at most ${LIMITS.subscriptionsPerEndpoint} subscriptions.`, [
          'endpointId',
        ]);
      }
      if (created.value.kind === 'busy') return tooManyReplays(['backfillSince']);
      const { id, replayId } = created.value;
      const made = await announced(tenantId, created.version, id);
      const [replay] = replayId === undefined ? [] : await replays.byIds(tenantId, [replayId]);
      return made.ok && replay ? done({ ...made.value, backfill: replay }) : made;
    },

    async update(scope: TenantScope, input: SubscriptionChangeInput): Promise<Outcome<WebhookSubscription>> {
      const before = await findSubscription(scope, input.id);
      if (!before) return noSubscription('id');
      if (input.eventTypes === null) {
        return refused(
          'REQUIRED',
          'A subscription names event types; there is no default. # is all of them.',
          ['eventTypes'],
        );
      }
      const userErrors = await checkAll(before.tenantId, input, before.eventTypes);
      if (userErrors.length > 0) return { ok: false, userErrors };
      const changes: WebhookSubscriptionChanges = {
        ...rulesAfter(before, input),
        ...(input.enabled === undefined ? {} : { enabled: input.enabled ?? true }),
      };
      const changed = await subscriptions.update(before.tenantId, before.id, changes, new Date());
      return changed?.value ? announced(before.tenantId, changed.version, before.id) : noSubscription('id');
    },

    async remove(scope: TenantScope, id: string): Promise<Outcome<string>> {
      const before = await findSubscription(scope, id);
      const removed = before && (await subscriptions.remove(before.tenantId, id, new Date()));
      if (!before || !removed?.value) return noSubscription('id');
      announce({ kind: 'config', tenantId: before.tenantId, version: removed.version });
      return done(id);
    },
  };
}

function checkBackfill({ backfillSince }: NewSubscriptionInput, now: Date): Faults {
  if (!backfillSince || backfillSince <= now) return [];
  return [fault('INVALID', 'backfillSince must lie in the past', 'backfillSince')];
}
