import { LRUCache } from 'lru-cache';
import { makeOriginOf } from '../../api/http/client-address';
import { brokerUser } from '../../config';
import type { PublishInput } from '../../domain/routing/publish';
import type { SourceRefusal, SourceSettings } from '../../domain/source';
import { publishReceived, type ReceivedDeps } from '../../ingest/publish-received';
import { makeBatcher } from '../../runtime/batcher';
import { makeInRoute } from '../../sources/in-route';
import { makeReceiveWebhook, type SourceHappening } from '../../sources/receive-webhook';
import type { SourceOutcome } from '../../sources/source-answers';
import { makeSourceStore } from '../../store/settings/source-store';
import { ingestDeps } from '../ingesting';
import { messageOf, type Platform } from '../platform';

const NOTE_EVERY_MS = 60_000;
const MAX_NOTED = 10_000;
const MAX_LOOKED_UP = 500;
const LOOK_UPS = 4;

/** Sources with the real broker and database behind them. */
export function makeReceiving(platform: Platform, publicUrl: () => string) {
  const { config, database, keyRing } = platform;
  const sources = makeSourceStore(database, keyRing);
  const received = receivedDeps(platform);
  const originOf = makeOriginOf(config.trustedProxies);
  const observe = makeObserve(platform);
  // Nothing is kept: a secret that was taken back counts no more. What comes at the same time is looked up at once.
  const settings = makeBatcher<string, SourceSettings | undefined>({
    maxItems: MAX_LOOKED_UP,
    concurrency: LOOK_UPS,
    run: (ids) => sources.settingsOf(ids, new Date()),
  });
  const receive = makeReceiveWebhook({
    maxEventBytes: config.maxEventBytes,
    rateLimitPerSecond: config.rateLimitPerSecond,
    findSource: (id) => settings.add(id),
    publish: (tenantId, events) => publishReceived(received, tenantId, events),
    note: makeNote(platform, sources),
    observe,
  });
  return makeInRoute({
    receive,
    observe,
    maxBodyBytes: config.maxEventBytes,
    publicUrl,
    addressOf: (request) => originOf(request).address,
  });
}

function receivedDeps(platform: Platform): ReceivedDeps {
  return {
    ...ingestDeps(platform, 'provider'),
    leaveToRouter: (tenantId, event) => platform.outlets.sendEvent(asProducer(platform, tenantId, event)),
  };
}

/** The message that a producer of the tenant's would write; see docs/wire.md. */
function asProducer(
  { config: { amqpUrls, producers } }: Platform,
  tenantId: string,
  { type, data, idempotencyKey, timestamp }: PublishInput,
) {
  return {
    routingKey: type,
    body: data as Buffer,
    options: {
      contentType: 'application/json',
      headers: { tenant: tenantId },
      ...(producers ? { userId: brokerUser(amqpUrls[0] ?? '') } : {}),
      ...(idempotencyKey === undefined ? {} : { messageId: idempotencyKey }),
      ...(timestamp === undefined ? {} : { timestamp: Math.floor(timestamp.getTime() / 1000) }),
    },
  };
}

/** In the background and now and then: nobody waits for it, and losing one is no harm. */
function makeNote({ logger }: Platform, sources: ReturnType<typeof makeSourceStore>) {
  const noted = new LRUCache<string, true>({ max: MAX_NOTED, ttl: NOTE_EVERY_MS });
  return (sourceId: string, at: Date, refusal: SourceRefusal | undefined): void => {
    const what = `${sourceId} ${refusal ?? ''}`;
    if (noted.has(what)) return;
    noted.set(what, true);
    const writing = refusal ? sources.noteRefused(sourceId, at, refusal) : sources.noteReceived(sourceId, at);
    writing.catch((error: unknown) => {
      noted.delete(what);
      logger.warn({ err: messageOf(error), sourceId }, 'source.not_noted');
    });
  };
}

/** What anybody can cause as often as they like is counted, and kept out of the log. */
const ANYBODYS: ReadonlySet<SourceOutcome> = new Set([
  'unknown-source',
  'rate-limited',
  'not-a-post',
  'too-large',
]);

function makeObserve({ logger, metrics }: Platform) {
  return ({ source, outcome, error, ...happening }: SourceHappening): void => {
    metrics.sourceRequests.inc({ provider: source?.provider.toLowerCase() ?? 'unknown', outcome });
    const line = { ...happening, outcome, provider: source?.provider, tenantId: source?.tenantId };
    if (error !== undefined) logger.warn({ ...line, err: error }, 'source.request');
    else if (ANYBODYS.has(outcome)) logger.debug(line, 'source.request');
    else logger.info(line, 'source.request');
  };
}
