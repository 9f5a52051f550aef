import type { DeliveryState } from '../domain/delivery-records';
import type { EndpointSettings } from '../domain/nouns';
import { verdictOf, type Answer, type Attempt, type Verdict } from '../domain/outcome';
import { redactHeaders } from '../domain/request-headers';
import type { DeliveryDue } from '../messages/delivery-due';
import { buildRequest, type OutgoingRequest } from './build-request';
import type { Downgraded } from './downgrade';
import { isMessageGood } from './is-message-good';

/** What one attempt needs of the rest of the house. */
export interface DeliverDeps {
  /** The endpoint at that version of its tenant's configuration or newer; undefined when it is gone. */
  findEndpoint(
    tenantId: string,
    endpointId: string,
    atLeastVersion: number,
  ): Promise<EndpointSettings | undefined>;
  /** The delivery's row; asked only for messages that are not fresh. */
  stateOf(deliveryId: string): Promise<DeliveryState | undefined>;
  /** The event's data when it did not ride along; undefined when it is not on record any more. */
  eventData(eventId: string): Promise<Buffer | undefined>;
  /** The event's data at the version that the subscription is pinned to. */
  downgrade(due: DeliveryDue, data: Buffer): Promise<Downgraded>;
  send(request: OutgoingRequest): Promise<Answer>;
  defaultSchedule: readonly number[];
  userAgent: string;
}

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

/** One attempt: look whether it is still wanted, shape, sign, POST. Throws only when the infrastructure fails. */
export async function attemptDelivery(
  deps: DeliverDeps,
  due: DeliveryDue,
  { redelivered }: { redelivered: boolean },
): Promise<DeliverResult> {
  if (redelivered || due.mayHaveTwin || due.attempt > 1 || Math.abs(Date.now() - due.queuedAtMs) > FRESH_MS) {
    const state = await deps.stateOf(due.id);
    const verdict = isMessageGood(due, state);
    if (verdict === 'settled-before' && state) return { kind: 'settled-before', state };
    if (verdict !== 'good') return { kind: 'obsolete' };
  }
  const endpoint = await deps.findEndpoint(due.tenantId, due.endpointId, due.configVersion);
  if (!endpoint) return { kind: 'set-aside', verdict: { kind: 'cancel', because: 'ENDPOINT_DELETED' } };
  if (endpoint.status !== 'ACTIVE')
    return { kind: 'set-aside', verdict: { kind: 'hold', because: endpoint.status } };
  const data = due.stored ? await deps.eventData(due.eventId) : due.data;
  if (!data) return { kind: 'set-aside', verdict: { kind: 'cancel', because: 'EVENT_EXPIRED' } };
  const attempt = await makeAttempt(deps, endpoint, due, data);
  const step = due.attempt - 1 - due.runStart;
  const verdict = verdictOf(attempt, step, endpoint.retrySchedule ?? deps.defaultSchedule);
  return { kind: 'attempted', attempt, verdict };
}

async function makeAttempt(
  deps: DeliverDeps,
  endpoint: EndpointSettings,
  due: DeliveryDue,
  data: Buffer,
): Promise<Attempt> {
  const at = new Date();
  const older = await deps.downgrade(due, data);
  if (!older.ok) return notMade(due, at, older);
  const built = shapeRequest(
    endpoint,
    {
      deliveryId: due.id,
      attempt: due.attempt,
      tenantSlug: due.tenantSlug,
      event: {
        id: due.eventId,
        type: due.type,
        version: older.version,
        occurredAt: new Date(due.occurredAtMs),
        data: older.data,
        ...(due.traceparent === undefined ? {} : { traceparent: due.traceparent }),
      },
    },
    deps.userAgent,
    at,
  );
  if ('error' in built) return notMade(due, at, built);
  const request = built;
  const record = recordable(endpoint, request);
  return {
    ...record,
    // What was made of the event cannot be made again once an expression has changed.
    requestBody: older.isDerived ? request.body : record.requestBody,
    number: due.attempt,
    at,
    ...(await deps.send(request)),
  };
}

/** A failed attempt like any other: on record, and made again, in case somebody mends what was wrong. */
function notMade(
  { attempt: number }: DeliveryDue,
  at: Date,
  { error, errorDetail }: { error: 'PAYLOAD' | 'DOWNGRADE'; errorDetail: string },
): Attempt {
  return { number, at, durationMs: 0, requestHeaders: {}, requestBody: null, error, errorDetail };
}

/** A payload that cannot be shaped is a failed attempt, not a message that comes back for ever. */
function shapeRequest(
  ...material: Parameters<typeof buildRequest>
): OutgoingRequest | { error: 'PAYLOAD'; errorDetail: string } {
  try {
    return buildRequest(...material);
  } catch (cause) {
    return {
      error: 'PAYLOAD',
      errorDetail: cause instanceof Error ? cause.message : 'the payload cannot be shaped',
    };
  }
}

/** What of a request goes on record: no credentials, and no body that can be made again from the event. */
export function recordable(
  endpoint: Pick<EndpointSettings, 'payloadFormat'>,
  request: OutgoingRequest,
): Pick<Attempt, 'requestHeaders' | 'requestBody'> {
  return {
    requestHeaders: redactHeaders(request.headers),
    requestBody: endpoint.payloadFormat === 'EMBEDDED_SIGNATURE' ? request.body : null,
  };
}
