import type { EndpointSecret, EndpointSettings, SubscriptionRules, EndpointStatus } from '../domain/nouns';
import type { Inspector, InspectorChanges, NewInspector } from '../domain/inspector';
import type { Replay, ReplaySelection } from '../domain/replay';
import type { NewSource, Source, SourceChanges } from '../domain/source';
import type {
  ApiKey,
  Endpoint,
  EndpointChanges,
  NewEndpoint,
  NewTenant,
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
  create(tenant: NewTenant, at: Date): Promise<Tenant | undefined>;
  update(
    scope: TenantScope,
    id: string,
    changes: Partial<Omit<NewTenant, 'slug'>>,
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
  /** False when it is gone, or not in one of the states `from`. */
  setStatus(
    tenantId: string,
    id: string,
    change: { from: readonly EndpointStatus[]; to: EndpointStatus },
    at: Date,
  ): Changed<boolean>;
  /** Nothing of the past holds it any more, and some of what waits may be dropped. */
  resumeGate(
    gate: { tenantId: string; endpointId: string },
    drop: { olderThan: Date | null; superseded: boolean },
  ): Promise<void>;
  rotateSecret(tenantId: string, id: string, secret: string, overlapUntil: Date, at: Date): Changed<boolean>;
}

export interface SubscriptionRecords {
  find(scope: TenantScope, id: string): Promise<WebhookSubscription | undefined>;
  create(
    tenantId: string,
    endpointId: string,
    rules: SubscriptionRules,
    at: Date,
    /** Along with it: what was received since then. */
    backfill?: Backfill,
  ): Changed<
    | { kind: 'created'; id: string; replayId?: string }
    | { kind: 'no-endpoint' }
    | { kind: 'full' }
    | { kind: 'busy' }
  >;
  update(tenantId: string, id: string, changes: WebhookSubscriptionChanges, at: Date): Changed<boolean>;
  remove(tenantId: string, id: string, at: Date): Changed<boolean>;
}

export interface SourceRecords {
  find(scope: TenantScope, id: string): Promise<Source | undefined>;
  count(scope: TenantScope): Promise<number>;
  /** Those that are good at `at`, newest first. */
  liveSecrets(source: Pick<Source, 'tenantId' | 'id'>, at: Date): Promise<string[]>;
  create(source: NewSource, secret: string, at: Date): Promise<Source>;
  update(tenantId: string, id: string, changes: SourceChanges, at: Date): Promise<boolean>;
  rotateSecret(
    source: Pick<Source, 'tenantId' | 'id'>,
    secret: string,
    overlapUntil: Date,
    at: Date,
  ): Promise<boolean>;
  remove(tenantId: string, id: string, at: Date): Promise<boolean>;
}

export interface InspectorRecords {
  find(scope: TenantScope, id: string): Promise<Inspector | undefined>;
  count(scope: TenantScope): Promise<number>;
  create(inspector: NewInspector): Promise<Inspector>;
  update(owner: Pick<Inspector, 'tenantId' | 'id'>, changes: InspectorChanges): Promise<boolean>;
  remove(owner: Pick<Inspector, 'tenantId' | 'id'>): Promise<boolean>;
}

export interface Backfill {
  since: Date;
  total: number;
  requestedBy: string | null;
}

/** What a replay is about, before it is one. */
export type Estimated = Pick<Replay, 'tenantId' | 'selection' | 'createdAt'>;

export interface ReplayRecords {
  byIds(scope: TenantScope, ids: readonly string[]): Promise<Replay[]>;
  /** How many deliveries it will take, roughly where there are very many. */
  estimate(replay: Estimated, parts: { existing: boolean; missing: boolean }): Promise<number>;
  /** The same for a subscription that is not there yet. */
  estimateNew(replay: Estimated, eventTypes: readonly string[]): Promise<number>;
  /** Whose the deliveries are; those that are not there, or out of reach, are left out. */
  ownersOf(scope: TenantScope, deliveryIds: readonly string[]): Promise<Map<string, string>>;
  create(
    replay: {
      tenantId: string;
      selection: ReplaySelection;
      backfills: boolean;
      onlyMissing: boolean;
      total: number;
      requestedBy: string | null;
    },
    at: Date,
  ): Promise<{ kind: 'created'; id: string } | { kind: 'no-tenant' } | { kind: 'busy' }>;
  /** False when it had ended before. */
  cancel(tenantId: string, id: string, at: Date): Promise<boolean>;
}
