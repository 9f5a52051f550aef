import { LRUCache } from 'lru-cache';
import { makeConsumer, type Consumer } from '../broker/consumer';
import { attemptDelivery, type DeliverDeps, type DeliverResult } from '../deliver/attempt-delivery';
import { makeHttpDestination } from '../destinations/http';
import { makeOutboundPolicy } from '../destinations/outbound-policy';
import { BATCHES, replayPrefetch } from '../flow';
import { parseDue, type DeliveryDue } from '../messages/delivery-due';
import type { Received } from '../messages/received';
import { recordOutcome, resumeAfterRecord, type RecordDeps } from '../record/record-outcome';
import { makeBatcher } from '../runtime/batcher';
import { USER_AGENT } from '../runtime/version';
import type { DeliveryState } from '../domain/delivery-records';
import { makeDeliveryStore } from '../store/delivery-store';
import { recordDeps } from './recording';
import { messageOf, type Platform } from './platform';
import type { RunningRole } from './running-role';

const EVENT_CACHE_BYTES = 64 * 1024 * 1024;

/** Takes deliveries off the queue `deliver`, makes the attempts and puts them on record. */
export function startWorker(platform: Platform): RunningRole {
  const { config, logger, metrics } = platform;
  const destination = makeHttpDestination({
    policy: makeOutboundPolicy({ allowedNetworks: [...config.allowedNetworks] }),
    userAgent: USER_AGENT,
  });
  const deliver = deliverDeps(platform, (request) => destination.send(request));
  const record = recordDeps(platform);
  /** One at a time per delivery: a message that came back while its first copy is under way waits for it. */
  const underWay = new Map<string, Promise<void>>();
  let inFlight = 0;

  async function handle(message: Received): Promise<void> {
    const due = parseDue(message.body);
    let redelivered = message.redelivered;
    for (let before = underWay.get(due.id); before; before = underWay.get(due.id)) {
      await before.catch(() => undefined);
      redelivered = true;
    }
    const work = attemptAndRecord(platform, deliver, record, due, redelivered);
    underWay.set(due.id, work);
    try {
      await work;
    } finally {
      underWay.delete(due.id);
    }
    message.ack();
  }

  const consume = (queue: string, prefetch: number): Consumer =>
    makeConsumer(platform.consuming, {
      queue: `${config.namespace}.${queue}`,
      prefetch,
      logger,
      onMessage(message) {
        metrics.inFlight.set(++inFlight);
        handle(message)
          .catch((error: unknown) => {
            if (!platform.giveUp.aborted) logger.error({ err: messageOf(error) }, 'deliver.failed');
            message.requeue();
          })
          .finally(() => metrics.inFlight.set(--inFlight));
      },
    });
  // What is replayed has few places of its own, beside those of what is new: neither waits for the other.
  const consumers = [consume('deliver', config.window), consume('replay', replayPrefetch(config.window))];

  return {
    isReady: () => consumers.every((consumer) => consumer.isConsuming()),
    async stopTaking() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    },
    underWay: () => inFlight,
    close: () => destination.close(),
  };
}

async function attemptAndRecord(
  platform: Platform,
  deliver: DeliverDeps,
  record: RecordDeps,
  due: DeliveryDue,
  redelivered: boolean,
): Promise<void> {
  const result = await attemptDelivery(deliver, due, { redelivered });
  if (result.kind === 'obsolete') return;
  if (result.kind === 'settled-before')
    return resumeAfterRecord(record, due, result.state, platform.config.ladder);
  observeAttempt(platform, due, result);
  const recorded = await recordOutcome(record, due, result);
  if (recorded.applied) platform.metrics.deliveriesSettled.inc({ status: recorded.status });
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
  const { config, configs, database, persistently } = platform;
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
  return {
    async findEndpoint(tenantId, endpointId, atLeastVersion) {
      const known =
        configs.peek(tenantId, atLeastVersion) ??
        (await persistently('deliver.config', () => configs.find(tenantId, atLeastVersion)));
      return known?.endpoints.get(endpointId);
    },
    stateOf: (deliveryId) => states.add(deliveryId),
    eventData: (eventId) => events.fetch(eventId),
    send,
    defaultSchedule: config.retrySchedule,
    userAgent: USER_AGENT,
  };
}
