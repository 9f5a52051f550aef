import { done, refused, type Outcome, type UserError } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import { isBackfill, type Replay, type ReplaySelection } from '../domain/replay';
import type { Caller } from '../domain/scopes';
import type { TenantScope } from '../domain/settings';
import { fault } from './checks/field-checks';
import { noEndpoint, noReplay, noSubscription } from './not-found';
import type { EndpointRecords, ReplayRecords, SubscriptionRecords } from './records';
import { checkSelection, type ReplayRequest } from './replay-selection';

export interface ReplayNeeds {
  endpoints: Pick<EndpointRecords, 'find'>;
  subscriptions: Pick<SubscriptionRecords, 'find'>;
  replays: ReplayRecords;
}

export type ReplayUseCases = ReturnType<typeof makeReplays>;

export const tooManyReplays = (field: string[] | null): Outcome<never> =>
  refused(
    'LIMIT',
    `At most ${LIMITS.runningReplays} replays of a tenant run at once; wait until one has ended, or cancel one.`,
    field,
  );

export function makeReplays({ endpoints, subscriptions, replays }: ReplayNeeds) {
  /** What the selection's ids name must be the caller's, and fit together. Whose it is follows from them. */
  async function resolve(
    scope: TenantScope,
    selection: ReplaySelection,
  ): Promise<Outcome<{ tenantId: string; selection: ReplaySelection }>> {
    const { endpointId, subscriptionId, deliveryIds } = selection;
    const owners = new Set<string>(scope === null ? [] : [scope]);
    let resolved = selection;
    if (subscriptionId !== undefined) {
      const found = decodeId('subscription', subscriptionId)
        ? await subscriptions.find(scope, subscriptionId)
        : undefined;
      if (!found) return noSubscription('subscriptionId');
      if (endpointId !== undefined && endpointId !== found.endpointId)
        return refused('INVALID', 'The subscription is not one of this endpoint’s.', ['subscriptionId']);
      owners.add(found.tenantId);
      resolved = { ...selection, endpointId: found.endpointId };
    } else if (endpointId !== undefined) {
      const found = decodeId('endpoint', endpointId) ? await endpoints.find(scope, endpointId) : undefined;
      if (!found) return noEndpoint('endpointId');
      owners.add(found.tenantId);
    }
    if (deliveryIds) {
      const known = await replays.ownersOf(
        scope,
        deliveryIds.filter((id) => decodeId('delivery', id)),
      );
      const userErrors = deliveryIds.flatMap((id, index): UserError[] =>
        known.has(id) ? [] : [fault('NOT_FOUND', 'There is no such delivery.', 'deliveryIds', String(index))],
      );
      if (userErrors.length > 0) return { ok: false, userErrors };
      for (const owner of known.values()) owners.add(owner);
    }
    const [tenantId, another] = [...owners];
    if (tenantId === undefined)
      return refused('REQUIRED', 'An operator says for which tenant, with the header warren-tenant.');
    if (another !== undefined)
      return refused('INVALID', 'A replay is of one tenant’s deliveries.', ['deliveryIds']);
    return done({ tenantId, selection: resolved });
  }

  async function found(scope: TenantScope, id: string): Promise<Replay | undefined> {
    return decodeId('replay', id) ? (await replays.byIds(scope, [id]))[0] : undefined;
  }

  return {
    async create({ tenantId: scope, keyId }: Caller, request: ReplayRequest): Promise<Outcome<Replay>> {
      const now = new Date();
      const checked = checkSelection(request, now);
      if (!checked.ok) return checked;
      const resolved = await resolve(scope, checked.value);
      if (!resolved.ok) return resolved;
      const { tenantId, selection } = resolved.value;
      const backfills = isBackfill(selection);
      const total = await replays.estimate(
        { tenantId, selection, createdAt: now },
        { existing: true, missing: backfills },
      );
      const job = { tenantId, selection, backfills, onlyMissing: false, total, requestedBy: keyId };
      const created = await replays.create(job, now);
      if (created.kind === 'busy') return tooManyReplays(null);
      const replay = created.kind === 'created' ? await found(tenantId, created.id) : undefined;
      return replay ? done(replay) : noReplay('id');
    },

    async cancel(scope: TenantScope, id: string): Promise<Outcome<Replay>> {
      const before = await found(scope, id);
      if (!before) return noReplay('id');
      if (!(await replays.cancel(before.tenantId, id, new Date())))
        return refused('CONFLICT', 'A replay that has ended cannot be cancelled.', ['id']);
      const after = await found(scope, id);
      return after ? done(after) : noReplay('id');
    },
  };
}
