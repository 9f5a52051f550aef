import type { EndpointSecret, EndpointSettings, SubscriptionRules } from '../domain/nouns';
import type {
  ApiKey,
  Endpoint,
  EndpointChanges,
  NewEndpoint,
  Tenant,
  TenantScope,
  WebhookSubscription,
  WebhookSubscriptionChanges,
} from '../domain/settings';

/** What the use cases need of the stores. Deleted things are not found; a scope of null reaches every tenant. */

/** Undefined when the tenant is gone; else its new version, to be announced. */
export type Changed<T> = Promise<{ version: number; value: T } | undefined>;

export interface TenantRecords {
  find(scope: TenantScope, ref: string): Promise<Tenant | undefined>;
  /** Undefined when the slug is taken. */
  create(tenant: Pick<Tenant, 'slug' | 'name' | 'scopes'>, at: Date): Promise<Tenant | undefined>;
  update(
    scope: TenantScope,
    id: string,
    changes: Partial<Pick<Tenant, 'name' | 'scopes'>>,
    at: Date,
  ): Changed<Tenant | undefined>;
  remove(
    scope: TenantScope,
    id: string,
    at: Date,
  ): Promise<{ version: number; revokedKeyIds: string[] } | undefined>;
}

export interface ApiKeyRecords {
  countOf(tenantId: TenantScope): Promise<number>;
  create(
    key: Pick<ApiKey, 'tenantId' | 'name' | 'prefix' | 'scopes' | 'expiresAt'> & { hash: Buffer },
    at: Date,
  ): Promise<ApiKey>;
  revoke(scope: TenantScope, id: string, at: Date): Promise<boolean>;
}

export interface EndpointRecords {
  find(scope: TenantScope, id: string): Promise<Endpoint | undefined>;
  secretsOf(scope: TenantScope, ids: readonly string[], at: Date): Promise<Map<string, EndpointSecret[]>>;
  settingsOf(scope: TenantScope, id: string, at: Date): Promise<EndpointSettings | undefined>;
  create(
    creation: { endpoint: NewEndpoint; secret: string; eventTypes?: readonly string[] },
    at: Date,
  ): Changed<string>;
  update(tenantId: string, id: string, changes: EndpointChanges, at: Date): Changed<boolean>;
  remove(tenantId: string, id: string, at: Date): Changed<boolean>;
  rotateSecret(tenantId: string, id: string, secret: string, overlapUntil: Date, at: Date): Changed<boolean>;
}

export interface SubscriptionRecords {
  find(scope: TenantScope, id: string): Promise<WebhookSubscription | undefined>;
  create(
    tenantId: string,
    endpointId: string,
    rules: SubscriptionRules,
    at: Date,
  ): Changed<{ kind: 'created'; id: string } | { kind: 'no-endpoint' } | { kind: 'full' }>;
  update(tenantId: string, id: string, changes: WebhookSubscriptionChanges, at: Date): Changed<boolean>;
  remove(tenantId: string, id: string, at: Date): Changed<boolean>;
}
