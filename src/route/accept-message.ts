import { sentenceOf, type CatalogVerdict, type EventToCheck } from '../domain/schema/catalog';
import type { RejectCode } from '../domain/errors';
import type { PassingReason } from '../domain/delivery/hold-reason';
import { newId } from '../domain/ids';
import type { WarrenEvent } from '../domain/nouns';
import type { EventToRoute, RoutingTarget } from '../domain/routing/routed-event';
import type { EventEnvelope } from '../messages/event-envelope';
import { readEventMessage, type EnvelopeRules } from '../messages/event-message';
import type { Received } from '../messages/received';
import type { IsTooLate } from '../domain/pieces';
import type { MaybePromise } from '../runtime/maybe-promise';
import type { TakeTurns } from '../runtime/turn-taking';
import { findTargets, type RoutingConfig } from './find-targets';
import { holdTargets } from './hold-targets';
import type { Patience } from './patience';

/** What taking an event off the queue needs of the rest of the house. */
export interface AcceptDeps {
  rules: EnvelopeRules;
  /** The tenant by slug or id at that version or newer; undefined when there is none. */
  findConfig(tenantRef: string, atLeastVersion: number): MaybePromise<RoutingConfig | undefined>;
  /** False when this user of the broker, or nobody in particular, may not publish for the tenant. */
  mayPublish(userId: string | undefined, tenantSlug: string): boolean;
  /** What the catalog says of the event; answers from memory where it can. */
  checkEvent(event: EventToCheck, isTooLate?: IsTooLate): MaybePromise<CatalogVerdict>;
  /** Matching takes turns with everything else that this process does. */
  inTurns: TakeTurns;
  patience: Patience;
  /** What the endpoint's gate says, as far as this process has heard. */
  passingReason(endpointId: string): PassingReason | undefined;
  /** By the database's clock: what is scheduled is due by that. */
  now(): Date;
  /** Where somebody traces: the routing of this event, which causes what follows from it. */
  startSpan?(event: WarrenEvent): RouteSpan;
  /** Runs work until it succeeds, however long the database or the broker is away; throws at shutdown only. */
  persistently: <T>(what: string, work: (attempt: number) => Promise<T>) => Promise<T>;
}

export interface RouteSpan {
  readonly traceparent: string;
  end(): void;
}

export interface Refused {
  message: Received;
  code: RejectCode;
  reason: string;
}

export interface Accepted {
  message: Received;
  config: RoutingConfig;
  entry: EventToRoute;
  /** True when the event is found on record if this message comes again: it has a stamp or a key. */
  isIdentified: boolean;
  /** True when Warren's own API took it, and gave it its id. */
  isStamped: boolean;
  span?: RouteSpan | undefined;
}

/**
 * The event of a message and who gets it, or why it is not taken.
 * @param onTenant told whose it is as soon as that is known: by the name in the message at once, then by the id
 */
export async function acceptMessage(
  deps: AcceptDeps,
  message: Received,
  now: Date,
  onTenant: (tenant: string) => unknown = () => undefined,
): Promise<Accepted | Refused> {
  const read = readEventMessage(message, deps.rules);
  if (!read.ok) return { message, code: read.code, reason: read.reason };
  const { envelope } = read;
  onTenant(envelope.tenantRef);
  const found = ask(deps, 'route.config', () =>
    deps.findConfig(envelope.tenantRef, envelope.stamp?.configVersion ?? 0),
  );
  const config = found instanceof Promise ? await found : found;
  if (!config) {
    return { message, code: 'UNKNOWN_TENANT', reason: 'no tenant has the slug or id in the header `tenant`' };
  }
  onTenant(config.tenantId);
  const { userId } = message.properties;
  if (!envelope.stamp && !deps.mayPublish(userId, config.slug)) {
    const who = userId === undefined ? 'a message without user_id' : `the broker’s user ${userId}`;
    return { message, code: 'NOT_ALLOWED', reason: `${who} may not publish for the tenant ${config.slug}` };
  }
  const { tenantId } = config;
  const wait = deps.patience.with(tenantId);
  const checked = ask(deps, 'route.catalog', () => deps.checkEvent(toCheck(envelope, config), wait.isOver));
  const verdict = checked instanceof Promise ? await wait.during(checked) : checked;
  if (!verdict.ok) return { message, code: verdict.code, reason: reasonOf(verdict) };
  const event = toEvent(envelope, tenantId, verdict.version, now);
  const isTooLate = verdict.isUnchecked ? always : wait.isOver;
  const matched =
    verdict.lackedScope === null
      ? deps.inTurns(
          // Where no filter is begun, that need not wait behind what the tenant's gates ask them.
          isTooLate(0) ? `${tenantId} set aside` : tenantId,
          findTargets(config, event, envelope.parsed, isTooLate),
        )
      : { targets: [], version: config.version };
  const { targets, version } = matched instanceof Promise ? await wait.during(matched) : matched;
  const span = deps.startSpan?.(event);
  if (span) event.traceparent = span.traceparent;
  return {
    message,
    config,
    entry: {
      event,
      targets: holdTargets(verdict.isUnchecked ? targets.map(untilChecked) : targets, event, {
        endpoints: config.endpoints,
        passingReason: (endpointId) => deps.passingReason(endpointId),
        now: deps.now(),
      }),
      configVersion: version,
      lackedScope: verdict.lackedScope,
      // A stamped event with a key may have been published twice under one id; see ingest/publish-events.ts.
      suspect: message.redelivered || (envelope.stamp !== undefined && envelope.idempotencyKey !== undefined),
      redelivered: message.redelivered,
      // Named here, so that all entries have one shape.
      isClaimed: undefined,
      attempted: undefined,
    },
    isIdentified: envelope.stamp !== undefined || envelope.idempotencyKey !== undefined,
    isStamped: envelope.stamp !== undefined,
    span,
  };
}

const always: IsTooLate = () => true;

const untilChecked = ({ subscriptionId, endpointId }: RoutingTarget): RoutingTarget => ({
  subscriptionId,
  endpointId,
  status: 'HELD',
  heldBecause: 'SCHEMA',
});

/** Of what is not in memory until there is an answer, however long the database is away. */
function ask<T>(deps: AcceptDeps, what: string, find: () => MaybePromise<T>): MaybePromise<T> {
  const found = find();
  if (!(found instanceof Promise)) return found;
  return deps.persistently(what, async (attempt) => (attempt === 0 ? found : find()));
}

/** What Warren's own ingest took was checked there: somebody has its id by now, and it is not refused any more. */
function toCheck({ type, version, stamp, parsed }: EventEnvelope, config: RoutingConfig): EventToCheck {
  return {
    tenantId: config.tenantId,
    configVersion: config.version,
    sharedCatalogVersion: stamp?.sharedCatalogVersion ?? 0,
    type,
    version,
    data: stamp ? undefined : () => parsed,
  };
}

const reasonOf = (verdict: Extract<CatalogVerdict, { ok: false }>): string =>
  verdict.code === 'SCHEMA_MISMATCH' ? cutReason(sentenceOf(verdict.faults)) : verdict.reason;

/** Headers travel in one frame with the producer's own. */
const MAX_REASON = 4000;
const cutReason = (text: string): string =>
  text.length <= MAX_REASON ? text : `${text.slice(0, MAX_REASON - 1)}…`;

function toEvent(envelope: EventEnvelope, tenantId: string, version: number, now: Date): WarrenEvent {
  const { stamp } = envelope;
  const receivedAt = stamp?.receivedAt ?? now;
  return {
    id: stamp?.eventId ?? newId('event'),
    tenantId,
    type: envelope.type,
    version,
    data: envelope.data,
    occurredAt: stamp?.occurredAt ?? envelope.occurredAt ?? receivedAt,
    receivedAt,
    idempotencyKey: envelope.idempotencyKey,
    orderingKey: envelope.orderingKey,
    deliverAt: envelope.deliverAt,
    traceparent: envelope.traceparent,
  };
}
