import type { Credentials } from './request/credentials';
import type { DeliveryStatus } from './delivery/delivery-status';

/** The things Warren speaks of, as the stages see them. docs/glossary.md has a sentence for each. */

export const ENDPOINT_STATUSES = ['ACTIVE', 'PAUSED', 'DISABLED'] as const;
export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number];

export const SIGNATURE_SCHEMES = ['HMAC_SHA256', 'ED25519'] as const;
export type SignatureScheme = (typeof SIGNATURE_SCHEMES)[number];

export const PAYLOAD_FORMATS = ['STANDARD', 'CLOUDEVENTS', 'EMBEDDED_SIGNATURE'] as const;
export type PayloadFormat = (typeof PAYLOAD_FORMATS)[number];

/** Everything the sender needs to know of an endpoint. Secrets are plain here and only here: in memory. */
export interface EndpointSettings {
  id: string;
  tenantId: string;
  url: string;
  status: EndpointStatus;
  payloadFormat: PayloadFormat;
  /** The endpoint's own request headers, names in lower case. */
  headers: Record<string, string>;
  /** Null: none, or they were given for another host than the URL's. */
  credentials: Credentials | null;
  timeoutMs: number;
  /** Requests per second over all workers; null: no limit. */
  rateLimitPerSecond: number | null;
  /** Requests under way at once over all workers; null: as many as the workers' windows allow. */
  maxInFlight: number | null;
  /** One request at a time for each ordering key, in publish order. */
  ordered: boolean;
  /** When the first of nothing but failures was; null while it is not known to fail. */
  failingSince: Date | null;
  /** Seconds, one per retry; each is a rung of the ladder. Null: the deployment's own schedule. */
  retrySchedule: readonly number[] | null;
  signatureScheme: SignatureScheme;
  /** Newest first; all that are live sign, so that a rotation overlaps. */
  secrets: readonly EndpointSecret[];
}

export interface EndpointSecret {
  /** `whsec_…` or `whsk_…` */
  value: string;
  /** When it stops signing; null for the present one. */
  expiresAt: Date | null;
}

/** Which events a subscription gets, and what of them. */
export interface SubscriptionRules {
  /** Exact event types or AMQP topic patterns. */
  eventTypes: readonly string[];
  /** The version of the event types that its receiver understands; null: always the newest. */
  version: number | null;
  /** EventBridge event pattern over the event, as JSON; null: every event of those types. */
  filter: object | null;
  /** JSONata over the event, whose result becomes `data`; null: as it is. */
  transform: string | null;
  /** Dotted paths into `data` to keep; null: all of it. */
  includeFields: readonly string[] | null;
}

export interface SubscriptionSettings extends SubscriptionRules {
  id: string;
  tenantId: string;
  endpointId: string;
  enabled: boolean;
}

/** What happened, once accepted. `data` is the producer's JSON, byte for byte. */
export interface WarrenEvent {
  id: string;
  tenantId: string;
  type: string;
  version: number;
  data: Buffer;
  occurredAt: Date;
  receivedAt: Date;
  idempotencyKey?: string | undefined;
  orderingKey?: string | undefined;
  deliverAt?: Date | undefined;
  traceparent?: string | undefined;
}

/** One event for one subscription. */
export interface Delivery {
  id: string;
  tenantId: string;
  eventId: string;
  eventType: string;
  endpointId: string;
  subscriptionId: string;
  status: DeliveryStatus;
  heldBecause?: string;
  /** Attempts made so far, over all runs. */
  attemptCount: number;
  /** Attempts made before the present run up the ladder began: a retry by hand starts a new run. */
  runStart: number;
  /** Raised by everything that makes messages on their way obsolete: retry by hand, cancel, release. */
  generation: number;
  nextAttemptAt?: Date;
  lastError?: string;
  orderingKey?: string;
  createdAt: Date;
  updatedAt: Date;
  deliveredAt?: Date;
}
