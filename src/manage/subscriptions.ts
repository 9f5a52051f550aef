import { done, refused, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import { everyEventOf } from '../domain/settings';
import type { TenantScope, WebhookSubscription, WebhookSubscriptionChanges } from '../domain/settings';
import type { ControlMessage } from '../messages/control';
import { checkSubscription, rulesAfter, type SubscriptionFields } from './check-subscription';
import { noEndpoint, noSubscription } from './not-found';
import type { EndpointRecords, SubscriptionRecords } from './records';

export interface NewSubscriptionInput extends SubscriptionFields {
  endpointId: string;
  eventTypes: string[];
}

/** What is left out stays; null sets the default again. */
export interface SubscriptionChangeInput extends SubscriptionFields {
  id: string;
  enabled?: boolean | null | undefined;
}

export interface SubscriptionNeeds {
  endpoints: EndpointRecords;
  subscriptions: SubscriptionRecords;
  announce: (message: ControlMessage) => void;
}

export type SubscriptionUseCases = ReturnType<typeof makeSubscriptions>;

export function makeSubscriptions({ endpoints, subscriptions, announce }: SubscriptionNeeds) {
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

  return {
    async create(scope: TenantScope, input: NewSubscriptionInput): Promise<Outcome<WebhookSubscription>> {
      const endpoint = decodeId('endpoint', input.endpointId)
        ? await endpoints.find(scope, input.endpointId)
        : undefined;
      if (!endpoint) return noEndpoint('endpointId');
      const userErrors = checkSubscription(input);
      if (userErrors.length > 0) return { ok: false, userErrors };
      const rules = rulesAfter(everyEventOf(input.eventTypes), input);
      const created = await subscriptions.create(endpoint.tenantId, endpoint.id, rules, new Date());
      if (!created || created.value.kind === 'no-endpoint') return noEndpoint('endpointId');
      if (created.value.kind === 'full') {
        return refused('LIMIT', `An endpoint has at most ${LIMITS.subscriptionsPerEndpoint} subscriptions.`, [
          'endpointId',
        ]);
      }
      return announced(endpoint.tenantId, created.version, created.value.id);
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
      const userErrors = checkSubscription(input);
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
