import type { DeliveryState } from '../domain/delivery/delivery-records';
import type { HoldReason } from '../domain/delivery/hold-reason';
import type { EndpointSettings, SubscriptionSettings, WarrenEvent } from '../domain/nouns';
import { verdictOf, type Answer, type Attempt, type Verdict } from '../domain/delivery/outcome';
import { redactHeaders } from '../domain/request/request-headers';
import type { DeliveryDue } from '../messages/delivery-due';
import { failpoint } from '../runtime/failpoint';
import type { MaybePromise } from '../runtime/maybe-promise';
import { buildRequest, type OutgoingRequest, type Sender } from './build-request';
import type { Downgraded, VersionedEvent } from './downgrade';
import { isMessageGood } from './is-message-good';

/** What one attempt needs of the rest of the house. */
export interface DeliverDeps extends Sender {
  /** The endpoint at that version of its tenant's configuration or newer; undefined when it is gone. */
  findEndpoint(
    tenantId: string,
    endpointId: string,
    atLeastVersion: number,
  ): MaybePromise<EndpointSettings | undefined>;
  /** The subscription, likewise. */
  findSubscription(
    tenantId: string,
    subscriptionId: string,
    atLeastVersion: number,
  ): MaybePromise<SubscriptionSettings | undefined>;
  /** What the subscription makes of the event's data; asked only when it asks for something. */
  shapeData(material: {
    event: Pick<WarrenEvent, 'id' | 'tenantId' | 'type' | 'version' | 'occurredAt' | 'data'> & {
      tenantSlug: string;
    };
    rules: Pick<SubscriptionSettings, 'includeFields' | 'transform'>;
  }): MaybePromise<Shaped>;
  /** The delivery's row; asked only for messages that are not fresh. */
  stateOf(deliveryId: string): Promise<DeliveryState | undefined>;
  /** The event's data when it did not ride along; undefined when it is not on record any more. */
  eventData(eventId: string): Promise<Buffer | undefined>;
  /** Why a delivery that its gate's owner did not let go has to wait; undefined when it need not. */
  holdReason(endpoint: EndpointSettings, due: DeliveryDue): HoldReason | undefined;
  /** Sees every attempt, before it is recorded. */
  seen(endpoint: EndpointSettings, attempt: Attempt, verdict: Verdict): MaybePromise<unknown>;
  /** The event at the version that the subscription is pinned to; null: as it is. */
  downgrade(event: VersionedEvent, pinned: number | null): MaybePromise<Downgraded>;
  send(request: OutgoingRequest): MaybePromise<Answer>;
  defaultSchedule: readonly number[];
}

type Shaped = { ok: true; data: Buffer } | { ok: false; reason: string };

/** What came of a DeliveryDue. */
export type DeliverResult =
  | { kind: 'attempted'; attempt: Attempt; verdict: Verdict }
  /** No request was made, and the delivery goes another way. */
  | { kind: 'set-aside'; verdict: Extract<Verdict, { kind: 'hold' | 'cancel' }> }
  /** The outcome is on record already, but what follows from it may not have been sent. */
  | { kind: 'settled-before'; state: DeliveryState }
  | { kind: 'obsolete' };

/** A message that waited longer than this may have been overtaken by a cancel or a retry by hand. */
const FRESH_MS = 1000;
/**
 * What a gate's owner lets go it has just read, and paced: to look again takes as long as the database takes, and would
 * bunch what was spread.
 */
const FRESH_FROM_GATE_MS = 5000;

/** One attempt: look whether it is still wanted, shape, sign, POST. Throws only when the infrastructure fails. */
export async function attemptDelivery(
  deps: DeliverDeps,
  due: DeliveryDue,
  {
    redelivered,
    released,
    /** Its first attempt comes before its row: nobody can have overtaken it. */
    isUnwritten = false,
    onSend,
  }: { redelivered: boolean; released: boolean; isUnwritten?: boolean; onSend?: () => void },
): Promise<DeliverResult> {
  const isFresh =
    isUnwritten ||
    (Math.abs(Date.now() - due.queuedAtMs) <= (released ? FRESH_FROM_GATE_MS : FRESH_MS) &&
      (released || due.attempt === 1));
  if (redelivered || due.mayHaveTwin || !isFresh) {
    const state = await deps.stateOf(due.id);
    const verdict = isMessageGood(due, state);
    if (verdict === 'settled-before' && state) return { kind: 'settled-before', state };
    if (verdict !== 'good') return { kind: 'obsolete' };
  }
  const foundEndpoint = deps.findEndpoint(due.tenantId, due.endpointId, due.configVersion);
  const endpoint = foundEndpoint instanceof Promise ? await foundEndpoint : foundEndpoint;
  if (!endpoint) return { kind: 'set-aside', verdict: { kind: 'cancel', because: 'ENDPOINT_DELETED' } };
  const reason = released ? stopOf(endpoint) : deps.holdReason(endpoint, due);
  if (reason) return { kind: 'set-aside', verdict: { kind: 'hold', because: reason } };
  // Without its rules a retry would tell the receiver what the subscription left out.
  const foundSubscription = deps.findSubscription(due.tenantId, due.subscriptionId, due.configVersion);
  const subscription = foundSubscription instanceof Promise ? await foundSubscription : foundSubscription;
  if (!subscription)
    return { kind: 'set-aside', verdict: { kind: 'cancel', because: 'SUBSCRIPTION_DELETED' } };
  const data = due.stored ? await deps.eventData(due.eventId) : due.data;
  if (!data) return { kind: 'set-aside', verdict: { kind: 'cancel', because: 'EVENT_EXPIRED' } };
  const attempt = await makeAttempt(deps, { endpoint, subscription, due, data, onSend });
  failpoint('deliver.posted');
  const step = due.attempt - 1 - due.runStart;
  const verdict = verdictOf(attempt, step, endpoint.retrySchedule ?? deps.defaultSchedule);
  const seen = deps.seen(endpoint, attempt, verdict);
  if (seen instanceof Promise) await seen;
  return { kind: 'attempted', attempt, verdict };
}

/** What stops even a delivery that was let go a moment ago. */
const stopOf = ({ status }: EndpointSettings): HoldReason | undefined =>
  status === 'ACTIVE' ? undefined : status;

interface AttemptMaterial {
  endpoint: EndpointSettings;
  subscription: SubscriptionSettings;
  due: DeliveryDue;
  /** The event's, which may not have ridden along. */
  data: Buffer;
  onSend: (() => void) | undefined;
}

async function makeAttempt(
  deps: DeliverDeps,
  { endpoint, subscription, due, data: newest, onSend }: AttemptMaterial,
): Promise<Attempt> {
  const at = new Date();
  const { id: deliveryId, attempt: number, tenantId, tenantSlug, traceparent, orderingKey } = due;
  const failed = () => ({ number, at, durationMs: 0, requestHeaders: {}, requestBody: null });
  // First the version, then the rules: they are written for the version that the subscription asks for.
  const { type, version: published, configVersion } = due;
  const carried = deps.downgrade(
    { tenantId, type, version: published, configVersion, data: newest },
    subscription.version,
  );
  const older = carried instanceof Promise ? await carried : carried;
  if (!older.ok) return { ...failed(), error: older.error, errorDetail: older.errorDetail };
  const { version, data } = older;
  const occurredAt = new Date(due.occurredAtMs);
  const event = { id: due.eventId, tenantId, tenantSlug, type, version, occurredAt, data };
  const isShaped = subscription.includeFields !== null || subscription.transform !== null;
  const shaped = isShaped
    ? await deps.shapeData({ event, rules: subscription })
    : { ok: true as const, data };
  if (!shaped.ok) return { ...failed(), error: 'TRANSFORM', errorDetail: shaped.reason };
  const built = tryToBuild(
    endpoint,
    {
      deliveryId,
      attempt: number,
      tenantSlug,
      event: { id: event.id, type, version, occurredAt, traceparent, orderingKey, data: shaped.data },
    },
    deps,
    at,
  );
  if ('error' in built) return { ...failed(), ...built };
  const record = recordable(built);
  // What was made of the event cannot be made again from it: rules and downgrades may be others then.
  const requestBody = isShaped || older.isDerived ? built.body : record.requestBody;
  onSend?.();
  return { number, at, requestHeaders: record.requestHeaders, requestBody, ...(await deps.send(built)) };
}

/** A payload that cannot be made is a failed attempt, not a message that comes back for ever. */
function tryToBuild(
  ...material: Parameters<typeof buildRequest>
): OutgoingRequest | { error: 'PAYLOAD'; errorDetail: string } {
  try {
    return buildRequest(...material);
  } catch (cause) {
    return {
      error: 'PAYLOAD',
      errorDetail: cause instanceof Error ? cause.message : 'the payload cannot be made',
    };
  }
}

/** What of a request goes on record: no credentials, and no body that can be made again from the event. */
export function recordable(
  request: Pick<OutgoingRequest, 'headers' | 'body' | 'bodyCanBeMadeAgain'>,
): Pick<Attempt, 'requestHeaders' | 'requestBody'> {
  return {
    requestHeaders: redactHeaders(request.headers),
    requestBody: request.bodyCanBeMadeAgain ? null : request.body,
  };
}
