import DataLoader from 'dataloader';
import type { CatalogVersion } from '../domain/schema/catalog';
import type { Delivery, EndpointSecret } from '../domain/nouns';
import type { EndpointHealth } from '../domain/delivery/gate-records';
import type { RoutingFacts } from '../domain/routing/routing-verdict';
import type * as settings from '../domain/settings';
import { statsRange, type StatsPoint } from '../domain/stats/stats-range';
import type { Tally } from '../domain/stats/tally';
import type { ApiStores } from './dependencies';
import { onceWritten } from './once-written';

/**
 * One loader for every edge of the graph. They live for one request, or one event of a stream: what they remember is
 * neither shared between callers nor older than the answer it is in.
 */
export type Loaders = ReturnType<typeof makeLoaders>;

export function makeLoaders(stores: ApiStores, scope: settings.TenantScope) {
  const { tenants, apiKeys, endpoints, subscriptions, catalog } = stores;
  const { events, deliveries, attempts, replays, sources, inspectors, inspectedRequests } = stores;
  return {
    tenant: byId((ids) => tenants.byIds(scope, ids)),
    endpoint: byId((ids) => endpoints.byIds(scope, ids)),
    subscription: byId((ids) => subscriptions.byIds(scope, ids)),
    eventType: byId((ids) => catalog.byIds(scope, ids)),
    versionsOfEventType: byKey<CatalogVersion[]>((ids) => catalog.versionsOf(ids), []),
    event: byIdOnceWritten((ids) => events.byIds(scope, ids)),
    replay: byId((ids) => replays.byIds(scope, ids)),
    source: byId((ids) => sources.byIds(scope, ids)),
    oldSourceSecretsUntil: byKey<Date | null>((ids) => sources.oldSecretsUntil(scope, ids, new Date()), null),
    inspector: byId((ids) => inspectors.byIds(scope, ids)),
    inspectedBody: byKey<Buffer>((ids) => inspectedRequests.bodiesOf(scope, ids), NO_BYTES),
    delivery: byIdOnceWritten((ids) => deliveries.byIds(scope, ids)),
    eventData: byKey<Buffer | undefined>((ids) => events.dataOf(scope, ids), undefined),
    health: byKey<EndpointHealth>((ids) => endpoints.healthOf(scope, ids), HEALTHY),
    routingHistory: byKey<RoutingFacts | 'too-much' | undefined>(
      (ids) => events.routingOf(scope, ids),
      undefined,
    ),
    secrets: byKey<EndpointSecret[]>((ids) => endpoints.secretsOf(scope, ids, new Date()), []),
    apiKeysOfTenant: byKey<settings.ApiKey[]>(
      async (ids) => grouped(await apiKeys.ofTenants(scope, ids), ({ tenantId }) => tenantId ?? ''),
      [],
    ),
    subscriptionsOfEndpoint: byKey<settings.WebhookSubscription[]>(
      async (ids) => grouped(await subscriptions.ofEndpoints(scope, ids), ({ endpointId }) => endpointId),
      [],
    ),
    attempts: byKey<settings.AttemptHead[]>((ids) => attempts.ofDeliveries(scope, ids), []),
    attemptBodies: byKey<settings.AttemptBodies[]>((ids) => attempts.bodiesOf(scope, ids), []),
    deliveryCountOfEvent: byKey<number>((ids) => deliveries.countsOfEvents(scope, ids), 0),
    newestDeliveriesOfEvent: newestDeliveries(stores, scope),
    lastDay: lastDayOfEndpoints(stores, scope),
  };
}

const NO_BYTES = Buffer.alloc(0);

const HEALTHY: EndpointHealth = {
  circuit: 'CLOSED',
  circuitOpenedAt: null,
  nextProbeAt: null,
  retryAfterUntil: null,
  heldCount: 0,
  oldestHeldAt: null,
  failingSince: null,
};

/** One statement for the statistics of all endpoints on a page, and one more when their series are asked for. */
function lastDayOfEndpoints({ stats }: ApiStores, scope: settings.TenantScope) {
  const nowMs = Date.now();
  const since = new Date(wholeStep(nowMs - DAY_MS));
  const range = statsRange(since, new Date(wholeStep(nowMs) + STEP_MS), new Date(nowMs));
  const subjects = (ids: readonly string[]) => ids.map((endpointId) => ({ endpointId }));
  return {
    range,
    totals: new DataLoader<string, Tally>((ids) => stats.totals(scope, subjects(ids), range)),
    points: new DataLoader<string, StatsPoint[]>((ids) => stats.points(scope, subjects(ids), range)),
  };
}

const DAY_MS = 86_400_000;
/** In whole half hours, of which there are 49: parts of a series begin at round times. */
const STEP_MS = 1_800_000;
const wholeStep = (atMs: number): number => Math.floor(atMs / STEP_MS) * STEP_MS;

export interface NewestKey {
  eventId: string;
  limit: number;
}

/** One statement for each page size that is asked for, which in practice is one. */
function newestDeliveries({ deliveries }: ApiStores, scope: settings.TenantScope) {
  return new DataLoader<NewestKey, Delivery[], string>(
    async (keys) => {
      const limits = [...new Set(keys.map(({ limit }) => limit))];
      const found = new Map<number, Map<string, Delivery[]>>();
      for (const limit of limits) {
        const eventIds = keys.filter((key) => key.limit === limit).map(({ eventId }) => eventId);
        found.set(
          limit,
          grouped(await deliveries.newestOfEvents(scope, eventIds, limit), ({ eventId }) => eventId),
        );
      }
      return keys.map(({ eventId, limit }) => found.get(limit)?.get(eventId) ?? []);
    },
    { cacheKeyFn: ({ eventId, limit }) => `${eventId}/${limit}` },
  );
}

function byId<T extends { id: string }>(load: (ids: readonly string[]) => Promise<T[]>) {
  return new DataLoader<string, T | undefined>(async (ids) => {
    const found = new Map((await load(ids)).map((item) => [item.id, item]));
    return ids.map((id) => found.get(id));
  });
}

/** That something was not on record is not kept: what the same request finds next may lead to it. */
function byIdOnceWritten<T extends { id: string }>(find: (ids: readonly string[]) => Promise<T[]>) {
  const loader: DataLoader<string, T | undefined> = byId(async (ids) => {
    const found = await onceWritten(ids, find);
    const known = new Set(found.map(({ id }) => id));
    for (const id of ids) if (!known.has(id)) loader.clear(id);
    return found;
  });
  return loader;
}

function byKey<V>(load: (keys: readonly string[]) => Promise<Map<string, V>>, absent: V) {
  return new DataLoader<string, V>(async (keys) => {
    const found = await load(keys);
    return keys.map((key) => found.get(key) ?? absent);
  });
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
