import { holdReasonOf } from '../../domain/delivery/hold-reason';
import type { GateNeeds } from '../../gate/gate-needs';
import { answersOf } from '../../gate/late/late-answers';
import { ownGates } from '../../gate/own-gates';
import { releaseScheduled } from '../../gate/release-scheduled';
import { publishOperational } from '../../ingest/publish-operational';
import { TIMERS } from '../../flow';
import { dueOf } from '../../record/move-by-hand';
import { every } from '../../runtime/every';
import { makeDeliveryStore } from '../../store/deliveries/delivery-store';
import { readUndecided } from '../../store/gate/undecided';
import { makeGateDrops } from '../../store/gate/gate-drops';
import { makeGateQueue } from '../../store/gate/gate-queue';
import { makeGateStore } from '../../store/gate/gate-store';
import { makeScheduledStore } from '../../store/gate/scheduled-store';
import { newOwner } from '../../store/gate/gate-owner';
import type { Dispatcher } from './dispatching';
import { ingestDeps } from '../ingesting';
import { messageOf, type Platform } from '../platform';
import { showGates } from './show-gates';

export interface Gating {
  /** Lets nothing go any more; what is under way goes on. */
  stop(): Promise<void>;
}

/** The gates that this process owns, and the clock of what is scheduled, with the real database and broker behind them. */
export function startGating(platform: Platform, dispatcher: Dispatcher): Gating {
  const { database, logger, outlets, gateHints, metrics } = platform;
  const owner = newOwner();
  const gates = makeGateStore(database);
  const warn = (what: string) => (error: unknown) => {
    if (!platform.giveUp.aborted) logger.warn({ err: messageOf(error) }, what);
  };
  const owned = ownGates({
    claim: () => gates.claim(owner),
    renew: () => gates.renew(owner),
    letGo: () => gates.letGo(owner),
    hasOwner: (endpointId) => gateHints.board.hasOwner(endpointId),
    needs: gateNeeds(platform, dispatcher, owner),
    onError: warn('gate.lease_failed'),
  });
  platform.onControl((message) => {
    if (message.kind === 'gate') owned.look(message.endpointId, message.isArrival && (message.count ?? 1));
    else if (message.kind === 'config') owned.lookAll(message.tenantId);
  });

  const deliveries = makeDeliveryStore(database);
  const scheduled = makeScheduledStore(database);
  const clock = every(
    TIMERS.scheduleMs,
    () =>
      releaseScheduled(
        {
          takeScheduled: (now, limit) =>
            scheduled.takeScheduled(now, limit, async (tenantId, endpointId) => {
              const endpoint = (await platform.configs.find(tenantId))?.endpoints.get(endpointId);
              return endpoint && holdReasonOf(endpoint, gateHints.board.passingReason(endpointId));
            }),
          dueMessages: async (ids) =>
            (await deliveries.materialOf(ids)).map((material) => dueOf(material, new Date())),
          sendDue: (due) => outlets.sendDue(due),
          nudge: (gate) => gateHints.nudge(gate),
        },
        platform.clock.now(),
      ),
    warn('gate.schedule_failed'),
  );
  const measuring = every(
    TIMERS.gateMeasureMs,
    async () => {
      metrics.gatesOwned.set(owned.owned());
      showGates(metrics, await gates.measure(), new Date());
      await gates.sweepClosed();
    },
    warn('gate.measure_failed'),
  );
  return {
    async stop() {
      await Promise.all([clock.stop(), measuring.stop(), owned.stop()]);
    },
  };
}

function gateNeeds(platform: Platform, dispatcher: Dispatcher, owner: Buffer): Omit<GateNeeds, 'holdsLease'> {
  const { clock, database, config, configs, gateHints, logger, persistently } = platform;
  const gates = makeGateStore(database);
  const queue = makeGateQueue(database);
  const drops = makeGateDrops(database);
  const deliveries = makeDeliveryStore(database);
  const scheduled = makeScheduledStore(database);
  const ingest = ingestDeps(platform);
  return {
    rules: config.circuit,
    now: () => clock.now(),
    settingsOf: async (tenantId, endpointId) => (await configs.find(tenantId))?.endpoints.get(endpointId),
    gates: {
      read: (endpointId) => gates.read(endpointId),
      setCircuit: (gate, circuit, how) => gates.setCircuit(gate, circuit, how),
      recover: (gate) => gates.recover(gate),
      ease: (gate) => gates.ease(gate),
      close: (endpointId, isGone) => gates.close(endpointId, owner, isGone),
    },
    queue: {
      ...queue,
      ...drops,
      release: (endpointId, queued) => queue.release(endpointId, owner, queued, clock.now()),
      adopt: (endpointId, positions, at) => queue.adopt(endpointId, owner, positions, at),
      schedule: (ids, at) => scheduled.schedule(ids, at),
    },
    lateAnswers: (tenantId, ids) =>
      answersOf(
        {
          undecided: (some) => persistently('gate.read', () => readUndecided(database, some)),
          findConfig: async (id) => configs.find(id),
          fits: async (id, { type, version }, data) => {
            const asked = { tenantId: id, type, version, configVersion: 0, sharedCatalogVersion: 0 };
            return (await platform.catalog.checkEvent({ ...asked, data: () => data })).ok;
          },
          inTurns: platform.inTurns,
          now: () => clock.now(),
        },
        tenantId,
        ids,
      ),
    dueMessages: async (ids) =>
      ids.length === 0
        ? []
        : (await persistently('gate.read', () => deliveries.materialOf(ids))).map((material) =>
            dueOf(material, new Date()),
          ),
    dispatch: (due, how) => dispatcher.dispatch(due, how),
    room: (endpointId, maxInFlight) => dispatcher.roomFor(endpointId, maxInFlight),
    hasOthers: (endpointId) => dispatcher.hasOthers(endpointId),
    unrecorded: () => dispatcher.unrecorded(),
    announce: (gate, reason) => gateHints.announce(gate, reason),
    tellRecovered({ tenantId, endpointId, openedAt }) {
      logger.info({ tenantId, endpointId }, 'endpoint.recovered');
      persistently('gate.tell', () =>
        publishOperational(ingest, {
          tenantId,
          type: 'warren.endpoint.recovered',
          key: `recovered/${endpointId}/${openedAt?.getTime() ?? 0}`,
          data: { endpointId, ...(openedAt ? { failedSince: openedAt.toISOString() } : {}) },
        }),
      ).catch(() => undefined);
    },
    onError(error, endpointId) {
      if (!platform.giveUp.aborted) logger.warn({ endpointId, err: messageOf(error) }, 'gate.failed');
    },
  };
}
