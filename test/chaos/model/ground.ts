import { idBytes, newId } from '../../../src/domain/ids';
import type { EndpointSettings, SubscriptionSettings } from '../../../src/domain/nouns';
import { everyEventOf } from '../../../src/domain/settings';
import { newHmacSecret } from '../../../src/domain/request/webhook-secret';
import type { RoutingConfig } from '../../../src/route/find-targets';
import type { Database } from '../../../src/store/database';
import { ready } from '../../../src/domain/pieces';

/** A failed attempt is tried again so often in a run up the ladder. */
export const SCHEDULE = [1, 1];
export const LADDER = [1];
export const TYPES = ['to.plain', 'to.ordered', 'to.both'] as const;
export type EventType = (typeof TYPES)[number];

/** A tenant of its own with two endpoints, one of them ordered. */
export interface Ground {
  config: RoutingConfig;
  endpoints: Map<string, EndpointSettings>;
  subscriptions: SubscriptionSettings[];
}

const RECEIVES: Record<'plain' | 'ordered', readonly string[]> = {
  plain: ['to.plain', 'to.both'],
  ordered: ['to.ordered', 'to.both'],
};

export async function makeGround(database: Database): Promise<Ground> {
  await forgetOthers(database);
  const tenantId = newId('tenant');
  const slug = tenantId.toLowerCase().slice(-12);
  await database.write(
    `insert into tenants (id, slug, name, scopes, created_at, updated_at)
     values (?, ?, 'model', '', utc_timestamp(3), utc_timestamp(3))`,
    [idBytes('tenant', tenantId), slug],
  );
  const endpoints = new Map<string, EndpointSettings>();
  const subscriptions: SubscriptionSettings[] = [];
  for (const [name, eventTypes] of Object.entries(RECEIVES)) {
    const endpoint = endpointOf(tenantId, name === 'ordered');
    endpoints.set(endpoint.id, endpoint);
    // By this row the store knows whether the endpoint is ordered.
    await database.write(
      `insert into endpoints (id, tenant_id, name, url, description, status, payload_format, timeout_ms,
         signature_scheme, config_version, ordered, created_at, updated_at)
       values (?, ?, ?, ?, '', 'ACTIVE', 'STANDARD', 1000, 'HMAC_SHA256', 1, ?, utc_timestamp(3), utc_timestamp(3))`,
      [idBytes('endpoint', endpoint.id), idBytes('tenant', tenantId), name, endpoint.url, endpoint.ordered],
    );
    subscriptions.push({
      ...everyEventOf(eventTypes),
      ...{ id: newId('subscription'), tenantId, endpointId: endpoint.id, enabled: true },
    });
  }
  const subscribersOf = (type: string) =>
    ready({ found: subscriptions.filter(({ eventTypes }) => eventTypes.includes(type)), undecided: [] });
  return { config: { tenantId, slug, version: 1, endpoints, subscribersOf }, endpoints, subscriptions };
}

function endpointOf(tenantId: string, ordered: boolean): EndpointSettings {
  return {
    ...{ id: newId('endpoint'), tenantId, url: 'http://receiver.test/', status: 'ACTIVE', ordered },
    ...{
      payloadFormat: 'STANDARD',
      headers: {},
      credentials: null,
      timeoutMs: 1000,
      rateLimitPerSecond: null,
      maxInFlight: null,
    },
    ...{ failingSince: null, retrySchedule: SCHEDULE, signatureScheme: 'HMAC_SHA256' },
    secrets: [{ value: newHmacSecret(), expiresAt: null }],
  };
}

/** A run that ended in the middle leaves what the sweep of the next would find. */
async function forgetOthers(database: Database): Promise<void> {
  for (const table of ['deliveries', 'gate_queue', 'gates', 'replays'])
    await database.write(`delete from ${table}`);
}
