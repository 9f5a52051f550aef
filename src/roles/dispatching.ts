import { LRUCache } from 'lru-cache';
import { attemptDelivery, type DeliverDeps, type DeliverResult } from '../deliver/attempt-delivery';
import { makeHttpDestination } from '../destinations/http';
import { makeOutboundPolicy } from '../destinations/outbound-policy';
import type { DeliveryState } from '../domain/delivery-records';
import { BATCHES } from '../flow';
import type { DeliveryDue } from '../messages/delivery-due';
import { recordOutcome, resumeAfterRecord, type RecordDeps } from '../record/record-outcome';
import { makeBatcher } from '../runtime/batcher';
import { USER_AGENT } from '../runtime/version';
import { makeShapeData } from '../shape/shape-data';
import { makeDeliveryStore } from '../store/delivery-store';
import type { TenantConfig } from '../store/tenant-configs';
import { makeDowngrade } from './downgrading';
import type { Platform } from './platform';
import { recordDeps } from './recording';

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
   * Rejects at shutdown, or by a fault of ours.
   */
  dispatch(due: DeliveryDue, how: { redelivered: boolean }): Promise<void>;
  /** Deliveries that are under way. */
  inFlight(): number;
  inFlightOf(endpointId: string): number;
  /** False for an endpoint that failed when it was last tried, or that keeps many waiting. */
  isQuick(endpointId: string): boolean;
  close(): Promise<void>;
}

export function makeDispatcher(platform: Platform): Dispatcher {
  const { config, metrics } = platform;
  const destination = makeHttpDestination({
    policy: makeOutboundPolicy({ allowedNetworks: [...config.allowedNetworks] }),
    userAgent: USER_AGENT,
  });
  const deliver = deliverDeps(platform, (request) => destination.send(request));
  const record = recordDeps(platform);
  /** One at a time per delivery: a message that came back while its first copy is under way waits for it. */
  const underWay = new Map<string, Promise<void>>();
  const byEndpoint = new Map<string, number>();
  const paces = new LRUCache<string, Pace>({ max: PACES_KEPT });
  let inFlight = 0;

  function count(endpointId: string, by: 1 | -1): void {
    metrics.inFlight.set((inFlight += by));
    const left = (byEndpoint.get(endpointId) ?? 0) + by;
    if (left === 0) byEndpoint.delete(endpointId);
    else byEndpoint.set(endpointId, left);
  }

  async function dispatchAlone(due: DeliveryDue, redelivered: boolean): Promise<void> {
    let isSecond = redelivered;
    for (let before = underWay.get(due.id); before; before = underWay.get(due.id)) {
      await before.catch(() => undefined);
      isSecond = true;
    }
    const work = attemptAndRecord(platform, deliver, record, due, isSecond).then((ok) => {
      if (ok !== undefined) paces.set(due.endpointId, { ok, atMs: Date.now() });
    });
    underWay.set(due.id, work);
    try {
      await work;
    } finally {
      underWay.delete(due.id);
    }
  }

  return {
    async dispatch(due, { redelivered }) {
      count(due.endpointId, 1);
      try {
        await dispatchAlone(due, redelivered);
      } finally {
        count(due.endpointId, -1);
      }
    },
    inFlight: () => inFlight,
    inFlightOf: (endpointId) => byEndpoint.get(endpointId) ?? 0,
    isQuick(endpointId) {
      const pace = paces.get(endpointId);
      const waiting = byEndpoint.get(endpointId) ?? 0;
      if (!pace) return waiting < FEW_IN_FLIGHT;
      return pace.ok && (waiting < FEW_IN_FLIGHT || Date.now() - pace.atMs < QUICK_MS);
    },
    close: () => destination.close(),
  };
}

/** @returns whether the receiver took it; undefined when no request was made */
async function attemptAndRecord(
  platform: Platform,
  deliver: DeliverDeps,
  record: RecordDeps,
  due: DeliveryDue,
  redelivered: boolean,
): Promise<boolean | undefined> {
  const result = await attemptDelivery(deliver, due, { redelivered });
  if (result.kind === 'obsolete') return undefined;
  if (result.kind === 'settled-before') {
    await resumeAfterRecord(record, due, result.state, platform.config.ladder);
    return undefined;
  }
  observeAttempt(platform, due, result);
  const recorded = await recordOutcome(record, due, result);
  if (recorded.applied) platform.metrics.deliveriesSettled.inc({ status: recorded.status });
  return result.kind === 'attempted' ? result.verdict.kind === 'delivered' : undefined;
}

function observeAttempt(
  { logger, metrics }: Platform,
  due: DeliveryDue,
  result: Extract<DeliverResult, { kind: 'attempted' | 'set-aside' }>,
): void {
  const ids = {
    deliveryId: due.id,
    eventId: due.eventId,
    endpointId: due.endpointId,
    tenantId: due.tenantId,
  };
  if (result.kind === 'set-aside') {
    logger.info(
      { ...ids, verdict: result.verdict.kind, because: result.verdict.because },
      'attempt.set_aside',
    );
    return;
  }
  const { attempt, verdict } = result;
  metrics.attempts.inc({ outcome: attempt.error === undefined ? 'ok' : outcomeLabel(attempt.error) });
  metrics.attemptSeconds.observe(attempt.durationMs / 1000);
  if (verdict.kind === 'delivered' && due.attempt === 1 && !due.mayHaveTwin) {
    metrics.endToEndSeconds.observe(Math.max(0, Date.now() - due.queuedAtMs) / 1000);
  }
  logger.info(
    {
      ...ids,
      type: due.type,
      attempt: due.attempt,
      durationMs: Math.round(attempt.durationMs),
      verdict: verdict.kind,
      ...(attempt.response ? { status: attempt.response.status } : {}),
      ...(attempt.error ? { error: attempt.error } : {}),
    },
    'attempt.finished',
  );
}

/** A receiver chooses its status; the label must not take a thousand values. */
function outcomeLabel(error: string): string {
  return error.startsWith('HTTP_') ? `${error.slice(0, 6)}xx` : error;
}

function deliverDeps(platform: Platform, send: DeliverDeps['send']): DeliverDeps {
  const { config, configs, database, expressions, persistently } = platform;
  const store = makeDeliveryStore(database);
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
  const findConfig = async (tenantId: string, atLeastVersion: number): Promise<TenantConfig | undefined> =>
    configs.peek(tenantId, atLeastVersion) ??
    (await persistently('deliver.config', () => configs.find(tenantId, atLeastVersion)));
  return {
    findEndpoint: async (tenantId, endpointId, atLeastVersion) =>
      (await findConfig(tenantId, atLeastVersion))?.endpoints.get(endpointId),
    findSubscription: async (tenantId, subscriptionId, atLeastVersion) =>
      (await findConfig(tenantId, atLeastVersion))?.subscriptions.get(subscriptionId),
    downgrade: makeDowngrade(platform, persistently),
    shapeData: makeShapeData(expressions),
    stateOf: (deliveryId) => states.add(deliveryId),
    eventData: (eventId) => events.fetch(eventId),
    send,
    defaultSchedule: config.retrySchedule,
    userAgent: USER_AGENT,
  };
}
