import { deliveryIdFor, newId } from '../../src/domain/ids';
import type { EndpointSettings, SubscriptionSettings } from '../../src/domain/nouns';
import type { DeliveryChange } from '../../src/messages/delivery-change';
import type { DeliveryDue } from '../../src/messages/delivery-due';
import type { MessageProperties, Received } from '../../src/messages/received';

/** One tenant with one endpoint, for tests that need no database. */
export const TENANT = newId('tenant');
export const ENDPOINT = newId('endpoint');
export const SUBSCRIPTION = newId('subscription');
export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
export const OLD_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

export function makeEndpoint(changes: Partial<EndpointSettings> = {}): EndpointSettings {
  return {
    id: ENDPOINT,
    tenantId: TENANT,
    url: 'https://receiver.example/hooks',
    status: 'ACTIVE',
    payloadFormat: 'STANDARD',
    headers: {},
    credentials: null,
    timeoutMs: 5000,
    rateLimitPerSecond: null,
    maxInFlight: null,
    ordered: false,
    failingSince: null,
    retrySchedule: null,
    signatureScheme: 'HMAC_SHA256',
    secrets: [{ value: SECRET, expiresAt: null }],
    ...changes,
  };
}

export function makeSubscription(changes: Partial<SubscriptionSettings> = {}): SubscriptionSettings {
  return {
    id: SUBSCRIPTION,
    tenantId: TENANT,
    endpointId: ENDPOINT,
    eventTypes: ['order.#'],
    version: null,
    filter: null,
    transform: null,
    includeFields: null,
    enabled: true,
    ...changes,
  };
}

/** A first attempt that was queued this very moment. */
export function makeDue(changes: Partial<DeliveryDue> = {}): DeliveryDue {
  const eventId = newId('event');
  return {
    id: deliveryIdFor(eventId, SUBSCRIPTION),
    tenantId: TENANT,
    tenantSlug: 'acme',
    eventId,
    type: 'order.placed',
    version: 1,
    occurredAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    endpointId: ENDPOINT,
    subscriptionId: SUBSCRIPTION,
    attempt: 1,
    runStart: 0,
    generation: 0,
    configVersion: 3,
    queuedAtMs: Date.now(),
    stored: false,
    data: Buffer.from('{"total":12345678901234567890}'),
    ...changes,
  };
}

export function makeChange(seq: number, changes: Partial<DeliveryChange> = {}): DeliveryChange {
  const eventId = newId('event');
  return {
    tenantId: TENANT,
    tenantSlug: 'acme',
    seq,
    deliveryId: deliveryIdFor(eventId, SUBSCRIPTION),
    eventId,
    eventType: 'order.placed',
    endpointId: ENDPOINT,
    status: 'DELIVERED',
    attempt: 1,
    atMs: Date.now(),
    ...changes,
  };
}

export interface MadeUpMessage {
  body?: Buffer | string;
  routingKey?: string;
  redelivered?: boolean;
  properties?: Partial<MessageProperties>;
}

/** A message off the broker; what becomes of it is told to `done`. */
export function makeMessage(
  made: MadeUpMessage = {},
  done: (what: 'ack' | 'requeue') => void = () => undefined,
): Received {
  return {
    body: Buffer.from(made.body ?? '{"total":1}'),
    routingKey: made.routingKey ?? 'order.placed',
    redelivered: made.redelivered ?? false,
    properties: { contentType: 'application/json', headers: { tenant: 'acme' }, ...made.properties },
    ack: () => done('ack'),
    requeue: () => done('requeue'),
  };
}
