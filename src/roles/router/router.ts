import { makeConsumer } from '../../broker/consumer';
import { mayPublish } from '../../domain/routing/producers';
import type { WarrenEvent } from '../../domain/nouns';
import type { RoutedEvent } from '../../domain/routing/routed-event';
import { BATCHES, PATIENCE, TIMERS, ownPlaces } from '../../flow';
import { HEADERS } from '../../messages/event-headers';
import type { Received } from '../../messages/received';
import { resentDue } from '../../record/move-by-hand';
import { makeFirstAttempts, type AttemptedEvent } from '../../route/attempt-first';
import type { RouteDeps, RouteReport } from '../../route/route-deps';
import { routeEvents, writeEvents } from '../../route/route-events';
import { sweepOverdue } from '../../route/sweep-overdue';
import { makeLateLanes } from '../../route/late-lanes';
import { makePatience } from '../../route/patience';
import { makeTurns } from '../../route/turns';
import { makeBatcher } from '../../runtime/batcher';
import { every } from '../../runtime/every';
import { makeDeliveryStore } from '../../store/deliveries/delivery-store';
import { makeHousekeeping } from '../../store/upkeep/housekeeping';
import { makeRoutingStore } from '../../store/events/routing-store';
import { makeStatsFolder } from '../../store/stats/stats-folder';
import { makeDirectDispatch } from './direct-dispatch';
import type { Dispatcher } from '../worker/dispatching';
import { maxDelayMsOf } from '../ingesting';
import { messageOf, type Platform } from '../platform';
import { longestShardOf } from '../queue-depths';
import { weightOfAttempt } from '../worker/recording';
import { startReplaying } from './replaying';
import type { RunningRole } from '../running-role';
import type { SpareWorkers } from './spare-workers';
import { startRouting } from '../spans';

/** So many batches of a backlog at a time, that a process which stops never waits long for this. */
const FOLDED_BATCHES = 20;

/**
 * Takes events off the queue `route`, sends their deliveries on or, given a dispatcher, attempts them itself, and keeps
 * the house: the sweep, sums of statistics, partitions, expired keys.
 */
export function startRouter(
  platform: Platform,
  spareWorkers: SpareWorkers,
  dispatcher?: Dispatcher,
): RunningRole {
  const { config, logger, metrics, outlets } = platform;
  const isDirect = dispatcher && config.directDispatch;
  const deps = isDirect ? directDeps(platform, dispatcher, spareWorkers) : routeDeps(platform);
  const takeTurn = makeTurns();
  // At shutdown only, as below.
  const lanes = makeLateLanes((error) => {
    if (!platform.giveUp.aborted) logger.error({ err: messageOf(error) }, 'route.failed');
  });
  const batcher = makeBatcher<Received, undefined>({
    maxItems: BATCHES.route.maxItems,
    maxWeight: BATCHES.route.maxWeightBytes,
    weigh: (message) => message.body.length,
    concurrency: BATCHES.route.concurrency,
    async run(messages) {
      const end = metrics.batchSeconds.startTimer({ stage: 'route' });
      metrics.batchItems.observe({ stage: 'route' }, messages.length);
      const turn = takeTurn();
      await routeEvents(deps, messages, { turn, lanes }).finally(() => turn.end());
      end();
      return messages.map(() => undefined);
    },
  });
  const consumer = makeConsumer(platform.consuming, {
    queue: `${config.namespace}.route`,
    // Events that are dispatched directly keep their messages until they are on record: so routing cannot run ahead of
    // delivering, and what the window has no room for need not go round by the broker.
    prefetch: isDirect ? Math.max(ownPlaces(config.window), BATCHES.route.maxItems) : BATCHES.route.prefetch,
    logger,
    onMessage(message) {
      if (!message.properties.headers[HEADERS.eventId]) metrics.eventsReceived.inc({ source: 'amqp' });
      batcher.add(message).catch((error: unknown) => {
        // At shutdown only; anything else is a fault of ours, and the delivery limit parks what causes it.
        if (!platform.giveUp.aborted) logger.error({ err: messageOf(error) }, 'route.failed');
        message.requeue();
      });
    },
  });

  const deliveryStore = makeDeliveryStore(platform.database);
  const sweep = every(
    TIMERS.sweepMs,
    async () => {
      const sent = await sweepOverdue(
        {
          readyCount: () => longestShardOf(platform),
          claimOverdue: (before, until, limit) => deliveryStore.claimOverdue(before, until, limit),
          dueMessages: async (ids) =>
            (await deliveryStore.materialOf(ids)).map((material) => resentDue(material, new Date())),
          sendDue: (due) => outlets.sendDue(due),
        },
        platform.clock.now(),
      );
      if (sent > 0) logger.warn({ deliveries: sent }, 'sweep.resent');
    },
    (error) => logger.warn({ err: messageOf(error) }, 'sweep.failed'),
  );
  const replaying = startReplaying(platform);
  const housekeeping = makeHousekeeping(platform.database, config.retentionDays, config.auditRetentionDays);
  const houseTimer = every(
    TIMERS.housekeepingMs,
    async () => logger.info(await housekeeping.run(platform.clock.now()), 'housekeeping.done'),
    (error) => logger.warn({ err: messageOf(error) }, 'housekeeping.failed'),
  );

  const folder = makeStatsFolder(platform.database);
  const foldTimer = every(
    TIMERS.foldStatsMs,
    () => folder.foldStats(new Date(), FOLDED_BATCHES),
    (error) => logger.warn({ err: messageOf(error) }, 'stats.fold_failed'),
  );

  return {
    isReady: () => consumer.isConsuming(),
    async stopTaking() {
      await Promise.all([consumer.stop(), replaying.stop()]);
    },
    underWay: () => batcher.size() + lanes.size(),
    async close() {
      await Promise.all([sweep.stop(), houseTimer.stop(), foldTimer.stop()]);
    },
  };
}

/** Without the hop over the broker, and what succeeds at once is written once. */
function directDeps(platform: Platform, dispatcher: Dispatcher, spareWorkers: SpareWorkers): RouteDeps {
  const { clock, database, metrics } = platform;
  const deps = {
    ...routeDeps(platform),
    dispatchDirectly: makeDirectDispatch(dispatcher, spareWorkers),
  };
  const writes = makeBatcher<AttemptedEvent, RoutedEvent>({
    maxItems: BATCHES.route.maxItems,
    maxWeight: BATCHES.route.maxWeightBytes,
    weigh: weightOf,
    concurrency: BATCHES.route.concurrency,
    async run(batch) {
      const end = metrics.batchSeconds.startTimer({ stage: 'first' });
      metrics.batchItems.observe({ stage: 'first' }, batch.length);
      const written = await writeEvents(deps, batch, new Date());
      end();
      return written;
    },
  });
  const store = makeRoutingStore(database);
  const first = makeFirstAttempts({
    ...deps,
    claimIds: (events) => store.claimIds(events, clock.now()),
    writeAttempted: (event) => writes.add(event),
  });
  return { ...deps, first };
}

function weightOf({ event, attempted }: AttemptedEvent): number {
  let bytes = event.data.length;
  for (const attempt of attempted.delivered.values()) bytes += weightOfAttempt(attempt);
  return bytes;
}

function routeDeps(platform: Platform): RouteDeps {
  const { config, logger, metrics, outlets, originSeal, tracing } = platform;
  const store = makeRoutingStore(platform.database);
  return {
    rules: {
      maxEventBytes: config.maxEventBytes,
      maxDelayMs: maxDelayMsOf(config),
      isSealed: ({ routingKey, properties: { headers } }) =>
        originSeal.isGenuine(headers[HEADERS.seal], headers[HEADERS.eventId], routingKey),
    },
    findConfig: (tenantRef, atLeastVersion) => platform.configs.find(tenantRef, atLeastVersion),
    mayPublish: (userId, slug) => mayPublish(config.producers, userId, slug),
    checkEvent: platform.catalog.checkEvent,
    inTurns: platform.inTurns,
    patience: makePatience(PATIENCE, (tenantId) => {
      metrics.tenantsSetAside.inc();
      logger.warn({ tenantId }, 'route.set_aside');
    }),
    ...(tracing ? { startSpan: (event: WarrenEvent) => startRouting(tracing, config.namespace, event) } : {}),
    routeEvents: (batch) => store.routeEvents(batch, platform.clock.now()),
    sendDue: (due) => outlets.sendDue(due),
    reject: (message, code, reason) => outlets.reject(message, code, reason),
    announce: (change) => outlets.announceChange(change),
    passingReason: (endpointId) => platform.gateHints.board.passingReason(endpointId),
    now: () => platform.clock.now(),
    nudgeGate: (gate) => platform.gateHints.nudge(gate),
    observe: (report) => observe(platform, report),
    persistently: platform.persistently,
  };
}

function observe({ logger, metrics }: Platform, report: RouteReport): void {
  if (report.kind === 'rejected') {
    metrics.eventsRejected.inc({ code: report.code });
    logger.warn(report, 'event.rejected');
    return;
  }
  metrics.eventsRouted.inc({ outcome: report.outcome });
  if (report.outcome === 'fresh') metrics.deliveriesCreated.inc(report.deliveries);
  // Each event is on record; a line for each would say nothing that the attempt's line does not.
  logger.debug(report, 'event.routed');
}
