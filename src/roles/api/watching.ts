import { makeListener } from '../../broker/listener';
import { TIMERS } from '../../flow';
import { parseChanges, type DeliveryChange } from '../../messages/delivery-change';
import { every } from '../../runtime/every';
import { makeChangeReader, type ChangeReader } from '../../store/changes/change-reader';
import { makeChangeRounds, type ChangeRounds } from '../../store/changes/change-rounds';
import { makeEndpointStore } from '../../store/settings/endpoint-store';
import { makeEventQueries } from '../../store/events/event-queries';
import { makeTenantStore } from '../../store/settings/tenant-store';
import { makeTenantStreams } from '../../watch/tenant-streams';
import { makeAllTenants, type AllTenants } from '../../watch/watch-all-tenants';
import { watchDeliveries, type WatchRequest } from '../../watch/watch-deliveries';
import { makeEndpointStreams, type EndpointStreams } from '../../watch/watch-endpoints';
import { makeEventStreams, type EventStreams } from '../../watch/watch-events';
import { messageOf, type Platform } from '../platform';

export interface Watching {
  deliveries(request: WatchRequest): AsyncIterable<DeliveryChange[]>;
  allTenants: Pick<AllTenants, 'watch' | 'newest'> & Pick<ChangeRounds, 'placeOf'>;
  events: EventStreams['watch'];
  endpoints: EndpointStreams['watch'];
  placeOf: ChangeReader['placeOf'];
  lastSeq(tenantId: string): Promise<number>;
  close(): Promise<void>;
}

/** The live side of the API with the real broker and database behind it. */
export function startWatching(platform: Platform): Watching {
  const { config, logger, database, keyRing, configs, consuming } = platform;
  const reader = makeChangeReader(database);
  const eventQueries = makeEventQueries(database);
  const endpointStore = makeEndpointStore(database, keyRing);
  const tenantStore = makeTenantStore(database);
  const onError = (error: unknown): void => logger.warn({ err: messageOf(error) }, 'watch.failed');
  const listener = makeListener(consuming, {
    exchange: `${config.namespace}.status`,
    keys: [],
    onMessage(body) {
      for (const change of parseChanges(body)) {
        streams.heard(change);
        allTenants.heard(change);
        events.heard(change);
      }
    },
    onRestart: () => void checkAll().catch(onError),
    logger,
  });
  const shared = {
    slugOf: async (tenantId: string) => (await configs.find(tenantId))?.slug,
    bind: (key: string) => listener.bind(key),
    unbind: (key: string) => listener.unbind(key),
    onError,
  };
  const streams = makeTenantStreams({
    ...shared,
    lastSeqs: (tenantIds) => reader.lastSeqs(tenantIds),
    readLog: (tenantId, slug, seq, limit) => reader.readLog(tenantId, slug, seq, limit),
  });
  const rounds = makeChangeRounds(database);
  const allTenants = makeAllTenants({
    gather: (tenantIds) => rounds.gather(tenantIds),
    read: (place, upTo) => rounds.read(place, upTo),
    listen: (on) => (on ? listener.bind('#') : listener.unbind('#')),
    onError,
  });
  const events = makeEventStreams({
    ...shared,
    idsSince: (tenantId, sinceMs, limit) => eventQueries.idsSince(tenantId, sinceMs, limit),
    readEvents: (tenantId, ids) => eventQueries.byIds(tenantId, ids),
  });
  const endpoints = makeEndpointStreams({
    versions: (tenantIds) => tenantStore.configVersions(tenantIds),
    changedBetween: (tenantId, after, upTo) => endpointStore.changedBetween(tenantId, after, upTo),
    exists: async (tenantId, id) => (await endpointStore.find(tenantId, id)) !== undefined,
    onError,
  });
  platform.onControl((message) => {
    if (message.kind === 'config') endpoints.heard(message.tenantId, message.version);
  });
  // Messages are hints and may be lost; the database tells.
  const checkAll = async (): Promise<void> => {
    await Promise.all([streams.checkAll(), allTenants.checkAll(), events.checkAll(), endpoints.checkAll()]);
  };
  const checking = every(TIMERS.streamCheckMs, checkAll, onError);
  return {
    deliveries: (request) => watchDeliveries(streams, request),
    allTenants: {
      watch: (request) => allTenants.watch(request),
      newest: () => allTenants.newest(),
      placeOf: (place) => rounds.placeOf(place),
    },
    events: (request) => events.watch(request),
    endpoints: (request) => endpoints.watch(request),
    placeOf: (tenantId, seq) => reader.placeOf(tenantId, seq),
    lastSeq: async (tenantId) => (await reader.lastSeqs([tenantId])).get(tenantId) ?? 0,
    close: () => checking.stop(),
  };
}
