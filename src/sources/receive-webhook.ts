import { createHash } from 'node:crypto';
import { decodeId } from '../domain/ids';
import { LIMITS } from '../domain/limits';
import type { PublishInput } from '../domain/routing/publish';
import type { SourceProvider, SourceRefusal, SourceSettings } from '../domain/source';
import { isEventType } from '../domain/routing/topic-pattern';
import { makeTokenBuckets } from '../runtime/token-buckets';
import { withDeadline } from '../runtime/with-deadline';
import { github } from './github';
import type { InboundRequest, Provider, ProviderEvent, Verdict } from './provider';
import { shopify } from './shopify';
import { slack } from './slack';
import {
  accept,
  refuse,
  retryAfter,
  toldOwner,
  type HttpAnswer,
  type RefusedOutcome,
  type SourceOutcome,
  type TakenOutcome,
} from './source-answers';
import { standardWebhooks } from './standard-webhooks';
import { stripe } from './stripe';
import { twilio } from './twilio';

export const PROVIDERS: Readonly<Record<SourceProvider, Provider>> = {
  STRIPE: stripe,
  GITHUB: github,
  SHOPIFY: shopify,
  TWILIO: twilio,
  SLACK: slack,
  STANDARD_WEBHOOKS: standardWebhooks,
};

/** What receiving needs of the rest of the house. */
export interface ReceiveDeps {
  maxEventBytes: number;
  /** Requests of one source in this process; 0: no limit. */
  rateLimitPerSecond: number;
  /** With the secrets that are good at this moment; undefined when there is none, or its tenant is gone. */
  findSource(id: string): Promise<SourceSettings | undefined>;
  /** Resolves once the broker has confirmed all of them. */
  publish(tenantId: string, events: readonly PublishInput[]): Promise<TakenOutcome>;
  /** "The source took a request, or refused one for this reason"; done in its own time. */
  note(sourceId: string, at: Date, refusal: SourceRefusal | undefined): void;
  observe(happening: SourceHappening): void;
  now?: () => number;
}

/** One request, when it has ended. */
export interface SourceHappening {
  outcome: SourceOutcome;
  /** As the address has it, when it is an id at all. */
  sourceId?: string | undefined;
  source?: SourceSettings | undefined;
  types?: readonly string[];
  reason?: string;
  error?: unknown;
  durationMs: number;
}

type Ending = Omit<SourceHappening, 'durationMs' | 'sourceId'> & { answer: HttpAnswer };

/** Slack waits 3 seconds, Shopify 5, GitHub 10; what is not published by then is asked for again. */
const ANSWER_WITHIN_MS = 2500;
const UNAVAILABLE_PAUSE_MS = 5000;
/** Seconds of full speed that a source may use at once after a quiet time. */
const BURST_SECONDS = 2;
/** Wrong signatures for one source from one address: so many at once, and so many a second. */
export const WRONG_SIGNATURES = { burst: 60, perSecond: 5 };

const REFUSED_BY: Readonly<Record<Exclude<Verdict, 'genuine'>, RefusedOutcome>> = {
  unsigned: 'unsigned',
  forged: 'bad-signature',
  stale: 'too-old',
};

export type ReceiveWebhook = ReturnType<typeof makeReceiveWebhook>;

/** Takes a provider's webhook: whose it is, whether it is genuine, what it tells, and answers once that is published. */
export function makeReceiveWebhook(deps: ReceiveDeps) {
  const { now = Date.now, rateLimitPerSecond: perSecond } = deps;
  const wrong = makeTokenBuckets({ ...WRONG_SIGNATURES, now });
  const flow = makeTokenBuckets({ burst: Math.max(1, perSecond * BURST_SECONDS), perSecond, now });

  async function receive(id: string, request: InboundRequest, address: string | null): Promise<Ending> {
    if (!decodeId('source', id)) return refused('unknown-source');
    // By source and address: a provider sends to many sources from one address, and one with a wrong secret must not
    // hold up the others.
    const caller = `${id} ${address ?? ''}`;
    const penaltyMs = wrong.waitOf(caller);
    if (penaltyMs > 0) return refused('rate-limited', { waitMs: penaltyMs });
    const source = await deps.findSource(id);
    const provider = source && PROVIDERS[source.provider];
    const verdict = provider?.verify(request, source?.secrets ?? [], now());
    if (verdict !== 'genuine') {
      wrong.take(caller);
      return refused(verdict === undefined ? 'unknown-source' : REFUSED_BY[verdict], { source });
    }
    return source && provider ? take(source, provider, request) : refused('unknown-source');
  }

  async function take(source: SourceSettings, provider: Provider, request: InboundRequest): Promise<Ending> {
    if (!source.enabled) return refused('disabled', { source });
    const waitMs = perSecond === 0 ? 0 : flow.take(source.id);
    if (waitMs > 0) return refused('rate-limited', { source, waitMs });
    const reading = provider.read(request);
    if (reading.kind === 'unreadable') return refused('unreadable', { source, reason: reading.reason });
    if (reading.kind === 'handshake') return { outcome: 'handshake', source, answer: accept(reading.answer) };
    const inputs = reading.events.map((event) => toInput(source, event));
    const types = inputs.map(({ type }) => type);
    if (!types.every(isEventType)) {
      return refused('unreadable', { source, reason: 'the name of the event makes no event type' });
    }
    if (reading.events.some(({ data }) => data.length > deps.maxEventBytes))
      return refused('too-large', { source });
    const outcome = await deps.publish(source.tenantId, inputs);
    return { outcome, source, types, answer: accept(provider.taken) };
  }

  return async (id: string, request: InboundRequest, address: string | null): Promise<HttpAnswer> => {
    const startedAt = now();
    const ending = await withDeadline(receive(id, request, address), ANSWER_WITHIN_MS).catch(
      (error: unknown): Ending => ({
        outcome: 'unavailable',
        error,
        answer: refuse('unavailable', retryAfter(UNAVAILABLE_PAUSE_MS)),
      }),
    );
    const { answer, ...happening } = ending;
    note(happening, new Date(startedAt));
    const sourceId = decodeId('source', id) ? id : undefined;
    deps.observe({ ...happening, sourceId, durationMs: now() - startedAt });
    return answer;
  };

  function note({ source, outcome }: Omit<Ending, 'answer'>, at: Date): void {
    if (!source) return;
    if (isTaken(outcome)) deps.note(source.id, at, undefined);
    else {
      const refusal = toldOwner(outcome);
      if (refusal) deps.note(source.id, at, refusal);
    }
  }
}

const TAKEN: ReadonlySet<SourceOutcome> = new Set(['published', 'repeated', 'parked', 'handshake']);
const isTaken = (outcome: SourceOutcome): outcome is TakenOutcome | 'handshake' => TAKEN.has(outcome);

function refused(
  outcome: RefusedOutcome,
  { waitMs, ...known }: { source?: SourceSettings | undefined; reason?: string; waitMs?: number } = {},
): Ending {
  return { outcome, ...known, answer: refuse(outcome, waitMs === undefined ? {} : retryAfter(waitMs)) };
}

function toInput({ id, eventTypePrefix }: SourceSettings, event: ProviderEvent): PublishInput {
  const { type, data, deliveryId, occurredAt } = event;
  return {
    type: `${eventTypePrefix}.${type}`,
    data,
    ...(deliveryId === undefined ? {} : { idempotencyKey: keyOf(id, deliveryId) }),
    ...(occurredAt === undefined ? {} : { timestamp: occurredAt }),
  };
}

/** A delivery id is unique within its source: two of them may belong to different accounts of one provider. */
function keyOf(sourceId: string, deliveryId: string): string {
  const key = `${sourceId}/${deliveryId}`;
  if (Buffer.byteLength(key) <= LIMITS.idempotencyKeyLength) return key;
  return `${sourceId}/${createHash('sha256').update(deliveryId).digest('hex')}`;
}
