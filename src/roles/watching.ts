import { makeListener } from '../broker/listener';
import type { DeliveryFilter } from '../domain/delivery-filter';
import { TIMERS } from '../flow';
import { parseChange, type DeliveryChange } from '../messages/delivery-change';
import { every } from '../runtime/every';
import { makeChangeReader, type ChangeReader } from '../store/change-reader';
import { makeTenantStreams, type WatchDeps } from '../watch/tenant-streams';
import { makeAllTenants } from '../watch/watch-all-tenants';
import { watchDeliveries } from '../watch/watch-deliveries';
import { messageOf, type Platform } from './platform';

export interface Watching {
  watch(request: {
    tenantId: string | null;
    filter: DeliveryFilter;
    afterSeq?: number;
    signal: AbortSignal;
  }): AsyncIterable<DeliveryChange[]>;
  placeOf: ChangeReader['placeOf'];
  close(): Promise<void>;
}

/** The live side of the API with the real broker and change log behind it. */
export function startWatching(platform: Platform): Watching {
  const { config, logger, database, configs, consuming } = platform;
  const reader = makeChangeReader(database);
  const onError = (error: unknown): void => logger.warn({ err: messageOf(error) }, 'watch.failed');
  const listener = makeListener(consuming, {
    exchange: `${config.namespace}.status`,
    keys: [],
    onMessage(body) {
      const change = parseChange(body);
      streams.heard(change);
      allTenants.heard(change);
    },
    onRestart: () => void streams.checkAll().catch(onError),
    logger,
  });
  const deps: WatchDeps = {
    slugOf: async (tenantId) => (await configs.find(tenantId))?.slug,
    lastSeqs: (tenantIds) => reader.lastSeqs(tenantIds),
    readLog: (tenantId, slug, seq, limit) => reader.readLog(tenantId, slug, seq, limit),
    bind: (key) => listener.bind(key),
    unbind: (key) => listener.unbind(key),
    onError,
  };
  const streams = makeTenantStreams(deps);
  const allTenants = makeAllTenants((on) => (on ? listener.bind('#') : listener.unbind('#')));
  // Status messages are hints and may be lost; the log tells.
  const checking = every(TIMERS.streamCheckMs, () => streams.checkAll(), onError);
  return {
    watch: ({ tenantId, filter, afterSeq, signal }) =>
      tenantId === null
        ? allTenants.watch(filter, signal)
        : watchDeliveries(streams, {
            tenantId,
            filter,
            signal,
            ...(afterSeq === undefined ? {} : { afterSeq }),
          }),
    placeOf: (tenantId, seq) => reader.placeOf(tenantId, seq),
    close: () => checking.stop(),
  };
}
