import { LRUCache } from 'lru-cache';
import type { DeliverDeps } from '../../deliver/attempt-delivery';
import {
  makeDestinationsByTenant,
  type DestinationsByTenant,
} from '../../destinations/destinations-by-tenant';
import type { DeliveryState } from '../../domain/delivery/delivery-records';
import { holdReasonOf } from '../../domain/delivery/hold-reason';
import { BATCHES, shardPrefetch, windowNow } from '../../flow';
import type { Judgement } from '../../gate/circuit';
import { overflows, roomBesideWhatComes, roomFor } from '../../gate/window/fair-share';
import { MOST_OPEN, makeOpenRequests } from '../../gate/window/open-requests';
import { makeWindowCounter, mostAsItComes, type WindowCounter } from '../../gate/window/window-use';
import type { DeliveryDue } from '../../messages/delivery-due';
import { makeBatcher } from '../../runtime/batcher';
import type { MaybePromise } from '../../runtime/maybe-promise';
import { USER_AGENT } from '../../runtime/version';
import { makeShapeData } from '../../shape/shape-data';
import { makeDeliveryStore } from '../../store/deliveries/delivery-store';
import type { TenantConfig } from '../../store/config/tenant-config';
import { makeDowngrade } from '../downgrading';
import type { Platform } from '../platform';
import { attemptAndRecord, type How } from './attempt-and-record';
import { watchOutcomes } from './outcomes';
import { recordDeps } from './recording';
import { makeRequestTurns } from './request-turns';

/** How the last attempt for an endpoint ended, and when. */
interface Pace {
  ok: boolean;
  atMs: number;
}

const PACES_KEPT = 10_000;
/** With no more than these under way an endpoint cannot keep others waiting. */
const FEW_IN_FLIGHT = 16;
/** An endpoint that has many under way and has answered none for this long is slow. */
const QUICK_MS = 1000;
const EVENT_CACHE_BYTES = 64 * 1024 * 1024;

/** Makes attempts and puts them on record, in this process, whoever asks: the queue `deliver`, routing, the gate. */
export interface Dispatcher {
  /**
   * Resolves when the outcome is on record and what follows from it is sent, so that whatever led here may be acked.
   * Rejects at shutdown, or by a fault of ours; with NotStarted where nothing was sent, at shutdown or because it comes
   * again. Answers with what the attempt says about its endpoint.
   */
  dispatch(due: DeliveryDue, how: How): Promise<Judgement>;
  /** Deliveries that are under way. */
  inFlight(): number;
  /** Whether the window has so many places free. */
  hasRoom(count: number): boolean;
  /** Of those under way, the requests that wait for an answer. */
  openRequests(): number;
  inFlightOf(endpointId: string): number;
  /** How many more of the endpoint its gate may start. */
  roomFor(endpointId: string, maxInFlight: number | null): number;
  /** Outcomes that wait to be put on record. */
  unrecorded(): number;
  /** True while other endpoints are sent to as well, or were a moment ago. */
  hasOthers(endpointId: string): boolean;
  /** False for an endpoint that failed when it was last tried, or that keeps many waiting. */
  isQuick(endpointId: string): boolean;
  /** What waits to be sent is held where it would be by now: it takes up places that others need. */
  lookAgain(): void;
  /** What waits to be sent is given back; what is under way goes on. */
  stopWaiting(): void;
  close(): Promise<void>;
}

export function makeDispatcher(platform: Platform): Dispatcher {
  const { config, metrics } = platform;
  const destinations = makeDestinationsByTenant({
    allowedNetworks: config.allowedNetworks,
    userAgent: USER_AGENT,
    askTunnel: (endpointId, request) => platform.tunnels.ask(endpointId, request),
  });
  const asItComes = mostAsItComes(shardPrefetch(config.window, platform.shards.own));
  const requests = makeOpenRequests({ most: MOST_OPEN, asItComes });
  // The broker hands it out anew, perhaps to another process: who went on waiting would send it a second time.
  platform.consuming.onDown(() => requests.giveBack());
  const windows = makeWindowCounter((open) => windowNow(config.window, open), requests, asItComes);
  const deliver = deliverDeps(platform, windows, destinations);
  const turns = makeRequestTurns(platform.configs, requests, deliver);
  const record = recordDeps(platform);
  /** One at a time per delivery: a message that came back while its first copy is under way waits for it. */
  const underWay = new Map<string, Promise<unknown>>();
  const paces = new LRUCache<string, Pace>({ max: PACES_KEPT });

  return {
    async dispatch(due, how) {
      const leave = windows.enter(due.endpointId, how.released !== undefined);
      metrics.inFlight.set(windows.inFlight());
      let isSecond = how.redelivered;
      for (let before = underWay.get(due.id); before; before = underWay.get(due.id)) {
        await before.catch(() => undefined);
        isSecond = true;
      }
      const work = attemptAndRecord(platform, { turns, deliver, record }, due, {
        redelivered: isSecond,
        released: how.released,
        intoFirstWrite: how.intoFirstWrite,
      });
      underWay.set(due.id, work);
      try {
        const judgement = await work;
        if (judgement !== 'nothing')
          paces.set(due.endpointId, { ok: judgement === 'success', atMs: Date.now() });
        return judgement;
      } finally {
        underWay.delete(due.id);
        leave();
        metrics.inFlight.set(windows.inFlight());
      }
    },
    inFlight: () => windows.inFlight(),
    hasRoom: (count) => windows.hasRoom(count),
    openRequests: () => requests.count(),
    inFlightOf: (endpointId) => windows.inFlightOf(endpointId),
    roomFor(endpointId, maxInFlight) {
      const use = windows.use(endpointId);
      const closed = (maxInFlight ?? MOST_OPEN) - requests.countOf(endpointId);
      return Math.min(roomFor(use), closed, maxInFlight === null ? roomBesideWhatComes(use) : closed);
    },
    unrecorded: () => record.unrecorded(),
    hasOthers: (endpointId) => windows.hasOthers(endpointId),
    isQuick(endpointId) {
      const pace = paces.get(endpointId);
      const waiting = windows.inFlightOf(endpointId);
      if (!pace) return waiting < FEW_IN_FLIGHT;
      return pace.ok && (waiting < FEW_IN_FLIGHT || Date.now() - pace.atMs < QUICK_MS);
    },
    lookAgain: () => requests.lookAgain(),
    stopWaiting: () => requests.stopWaiting(),
    close: () => destinations.close(),
  };
}

function deliverDeps(
  platform: Platform,
  windows: WindowCounter,
  destinations: DestinationsByTenant,
): DeliverDeps {
  const { config, configs, database, expressions, persistently } = platform;
  const store = makeDeliveryStore(database);
  const outcomes = watchOutcomes(platform);
  const { board } = platform.gateHints;
  const states = makeBatcher<string, DeliveryState | undefined>({
    maxItems: BATCHES.look.maxItems,
    concurrency: BATCHES.look.concurrency,
    async run(ids) {
      const found = await persistently('deliver.look', () => store.statesOf(ids));
      return ids.map((id) => found.get(id));
    },
  });
  // A wide fan-out of one large event reads it once, not once per delivery.
  const events = new LRUCache<string, Buffer>({
    maxSize: EVENT_CACHE_BYTES,
    sizeCalculation: (data) => data.length + 1,
    fetchMethod: (eventId) => persistently('deliver.event', () => store.eventData(eventId)),
  });
  function inConfig<T>(
    tenantId: string,
    atLeastVersion: number,
    find: (config: TenantConfig | undefined) => MaybePromise<T>,
  ): MaybePromise<T> {
    const config = configs.peek(tenantId, atLeastVersion);
    if (config) return find(config);
    return persistently('deliver.config', async () => configs.find(tenantId, atLeastVersion)).then(find);
  }
  return {
    findEndpoint: (tenantId, endpointId, atLeastVersion) =>
      inConfig(tenantId, atLeastVersion, (config) => config?.endpoints.get(endpointId)),
    findSubscription: (tenantId, subscriptionId, atLeastVersion) =>
      inConfig(tenantId, atLeastVersion, (config) => config?.subscriptions.get(subscriptionId)),
    downgrade: makeDowngrade(platform, persistently),
    shapeData: makeShapeData(expressions),
    stateOf: (deliveryId) => states.add(deliveryId),
    eventData: (eventId) => events.fetch(eventId),
    holdReason: (endpoint, due) =>
      holdReasonOf(endpoint, board.passingReason(endpoint.id), {
        byHand: due.byHand,
        crowds: overflows(windows.use(endpoint.id, 1)),
      }),
    seen: (endpoint, attempt, verdict) => outcomes.seen(endpoint, attempt, verdict),
    send: (request) =>
      // Never older than what this process has heard of: a network that was taken away is closed at once.
      inConfig(request.tenantId, 0, (config) =>
        destinations.send(
          { tenantId: request.tenantId, allowedNetworks: config?.allowedNetworks ?? [] },
          request,
        ),
      ),
    ownPayload: destinations.ownPayload,
    defaultSchedule: config.retrySchedule,
    userAgent: USER_AGENT,
  };
}
