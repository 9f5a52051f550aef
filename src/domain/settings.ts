import type { Credentials } from './request/credentials';
import type { EndpointStatus, PayloadFormat, SignatureScheme, SubscriptionRules, WarrenEvent } from './nouns';
import type { Scope } from './scopes';

/** What people set up, as the stores give it to whoever shows or changes it. */

/** Whose rows may be touched: one tenant's, or (null) everybody's. Every store method that reads or writes takes one. */
export type TenantScope = string | null;

export interface Tenant {
  id: string;
  slug: string;
  name: string;
  /** What it has been granted; event types may ask for one of them. */
  scopes: string[];
  /** CIDRs that its URLs may reach besides those of the deployment. */
  allowedNetworks: string[];
  createdAt: Date;
  /** What is deleted is only read for the sake of what it left on record. */
  deletedAt: Date | null;
}

export type NewTenant = Pick<Tenant, 'slug' | 'name' | 'scopes' | 'allowedNetworks'>;

export interface ApiKey {
  id: string;
  /** Null for an operator's or a service's key. */
  tenantId: string | null;
  name: string;
  /** The first characters of the key, to recognise it by. */
  prefix: string;
  scopes: Scope[];
  lastUsedAt: Date | null;
  expiresAt: Date | null;
  createdAt: Date;
}

export interface Endpoint {
  id: string;
  tenantId: string;
  name: string;
  url: string;
  description: string;
  status: EndpointStatus;
  disabledReason: string | null;
  payloadFormat: PayloadFormat;
  /** Plain here, sealed in the database: values may be credentials. */
  headers: Record<string, string>;
  /** The credentials themselves are never shown. */
  hasCredentials: boolean;
  timeoutMs: number;
  /** Null: no limit. */
  rateLimitPerSecond: number | null;
  /** Null: as many as the workers' windows allow. */
  maxInFlight: number | null;
  ordered: boolean;
  /** Seconds; null: the deployment's own schedule. */
  retrySchedule: number[] | null;
  signatureScheme: SignatureScheme;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
}

/** What may differ from one version of an endpoint to the next. */
export interface EndpointChanges extends Pick<
  Endpoint,
  | 'name'
  | 'url'
  | 'description'
  | 'payloadFormat'
  | 'headers'
  | 'timeoutMs'
  | 'rateLimitPerSecond'
  | 'maxInFlight'
  | 'ordered'
  | 'retrySchedule'
> {
  /** Left out: those that are there stay. */
  credentials?: Credentials | null;
}

export type NewEndpoint = Omit<
  Endpoint,
  'id' | 'status' | 'disabledReason' | 'hasCredentials' | 'createdAt' | 'updatedAt' | 'deletedAt'
> & { credentials: Credentials | null };

export interface WebhookSubscription extends SubscriptionRules {
  id: string;
  tenantId: string;
  endpointId: string;
  enabled: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** The rules of a subscription that names nothing but event types. */
export const everyEventOf = (eventTypes: readonly string[]) =>
  ({ eventTypes, version: null, filter: null, transform: null, includeFields: null }) as const;

export type WebhookSubscriptionChanges = Partial<SubscriptionRules & Pick<WebhookSubscription, 'enabled'>>;

/** An event without its data, which is read only when somebody asks for it. */
export type EventHead = Omit<WarrenEvent, 'data'>;

/** An attempt on record, without the bodies. */
export interface AttemptHead {
  deliveryId: string;
  number: number;
  at: Date;
  durationMs: number;
  ok: boolean;
  requestHeaders: Record<string, string>;
  responseStatus: number | null;
  responseHeaders: Record<string, string> | null;
  error: string | null;
  /** One sentence for people. */
  errorDetail: string | null;
}

export interface AttemptBodies {
  number: number;
  /** Null: the same as is made from the event. */
  request: Buffer | null;
  response: Buffer | null;
}
