import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDue } from '../../domain/delivery/delivery-status';
import type { SubscriptionSettings } from '../../domain/nouns';
import { TopicIndex } from '../../domain/routing/topic-pattern';
import { SEAM_MS } from '../../domain/replay';
import { REPLAY, TIMERS, maxReplaysWaiting, replayBatch } from '../../flow';
import { resentDue } from '../../record/move-by-hand';
import { makeReplayRunner, type ReplayDeps, type ReplayReport } from '../../replay/run-replays';
import { findTargets } from '../../route/find-targets';
import { holdTargets } from '../../route/hold-targets';
import { every } from '../../runtime/every';
import { chunksOf } from '../../store/chunks';
import { makeDeliveryStore } from '../../store/deliveries/delivery-store';
import { makeReplayBatches } from '../../store/replays/replay-batches';
import { readEvents } from '../../store/replays/replay-events';
import { makeReplayStore } from '../../store/replays/replay-store';
import { messageOf, type Platform } from '../platform';
import { readyCountOf } from '../queue-depths';

/** Replays at work in this process, until stopped. */
export interface Replaying {
  stop(): Promise<void>;
}

/** Runs replays, one batch after the other, at a pace that leaves room for what is new. */
export function startReplaying(platform: Platform): Replaying {
  const { config, logger, giveUp } = platform;
  const owner = randomUUID();
  const store = makeReplayStore(platform.database);
  const runner = makeReplayRunner(replayDeps(platform, owner), {
    maxWaiting: maxReplaysWaiting(config.window),
    failAfterMs: REPLAY.failAfterMs,
  });
  const stopping = new AbortController();
  const running = every(
    TIMERS.replayMs,
    async () => {
      while (!stopping.signal.aborted && !giveUp.aborted) {
        const sent = await runner.replayNext();
        if (sent === undefined) return;
        const pauseMs = Math.max(REPLAY.pauseMs, (sent / REPLAY.perSecond) * 1000);
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    },
    (error) => logger.warn({ err: messageOf(error) }, 'replay.turn_failed'),
  );
  return {
    async stop() {
      stopping.abort();
      await running.stop();
      // A runner that ends without this is taken for dead after its lease.
      await store.release(owner).catch(() => undefined);
    },
  };
}

function replayDeps(platform: Platform, owner: string): ReplayDeps {
  const { database, outlets, configs, catalog, persistently } = platform;
  const store = makeReplayStore(database);
  const batches = makeReplayBatches(database);
  const deliveries = makeDeliveryStore(database);
  const batch = replayBatch(platform.config.window);
  const request = (job: Parameters<ReplayDeps['endPhase']>[0]) => {
    const at = platform.clock.now();
    return { job, owner, at, dueBy: new Date(at.getTime() + REPLAY.mayWaitMs) };
  };
  return {
    claim: () => store.claim(owner, SEAM_MS),
    readyCount: () => readyCountOf(platform, 'replay'),
    async findConfig(tenantId, atLeastVersion) {
      const found = await configs.find(tenantId, atLeastVersion);
      if (!found) return undefined;
      const { endpoints, subscriptions, slug } = found;
      let topics: TopicIndex<SubscriptionSettings> | undefined;
      return {
        ...{ slug, endpoints, subscriptions },
        subscribersOf: (type) => [...(topics ??= topicsOf(subscriptions.values())).match(type)],
        async targetsOf(event) {
          const { type, version } = event;
          const asked = { tenantId, configVersion: found.version, sharedCatalogVersion: 0 };
          const verdict = await catalog.checkEvent({ ...asked, type, version, data: undefined });
          if (!verdict.ok || verdict.lackedScope !== null) return [];
          const data = JSON.parse(event.data.toString('utf8')) as unknown;
          const { targets } = await platform.inTurns(tenantId, findTargets(found, event, data));
          return holdTargets(targets, event, {
            endpoints,
            passingReason: (endpointId) => platform.gateHints.board.passingReason(endpointId),
            now: platform.clock.now(),
          });
        },
      };
    },
    restartNext: (job, isAlive) => batches.restartNext({ ...request(job), limit: batch, isAlive }),
    readEvents: (job, wantedBy) =>
      readEvents(database, job, wantedBy, { deliveries: batch, bytes: REPLAY.batchBytes }),
    fillNext: (job, events, reached) => batches.fillNext({ ...request(job), events, reached }),
    endPhase: (job) => batches.endPhase(job, owner, new Date()),
    async fail(job, error) {
      await store.fail(job, error, new Date());
    },
    async dueMessages(ids) {
      const now = new Date();
      const messages = [];
      // Their data comes along, so not all at once.
      for (const part of chunksOf(ids, REPLAY.readAtOnce)) {
        for (const material of await deliveries.materialOf(part))
          if (isDue(material.delivery.status)) messages.push(resentDue(material, now));
      }
      return messages;
    },
    sendReplayed: (due) => outlets.sendReplayed(due),
    announce: (change) => outlets.announceChange(change),
    nudgeGate: (gate) => platform.gateHints.nudgeOld(gate),
    persistently,
    observe: (report) => observe(platform, report),
  };
}

function topicsOf(subscriptions: Iterable<SubscriptionSettings>): TopicIndex<SubscriptionSettings> {
  const index = new TopicIndex<SubscriptionSettings>();
  for (const subscription of subscriptions) {
    if (subscription.enabled) for (const pattern of subscription.eventTypes) index.add(pattern, subscription);
  }
  return index;
}

function observe({ logger }: Platform, report: ReplayReport): void {
  const { kind, replayId, tenantId } = report;
  if (kind === 'ended') logger.info({ replayId, tenantId, status: report.status }, 'replay.ended');
  else logger.warn({ replayId, tenantId, err: messageOf(report.error) }, 'replay.stumbled');
}
