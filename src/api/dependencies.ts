import type { AuditEntry, AuditFilter, NewAuditEntry } from '../domain/audit';
import type { CatalogEntry, CatalogPage, CompiledSchema } from '../domain/schema/catalog';
import type { PublishInput, PublishReceipt } from '../domain/routing/publish';
import type { Outcome } from '../domain/errors';
import type { InspectedRequest, Inspector } from '../domain/inspector';
import type { DeliveryFilter, EventFilter } from '../domain/delivery/delivery-filter';
import type { Delivery, EndpointSecret, EndpointSettings, WarrenEvent } from '../domain/nouns';
import type { EndpointHealth } from '../domain/delivery/gate-records';
import type { Attempt } from '../domain/delivery/outcome';
import type { Counted, Page, PageRequest } from '../domain/page';
import type { InPieces } from '../domain/pieces';
import type { TakeTurns } from '../runtime/turn-taking';
import type { Replay } from '../domain/replay';
import type { Round, RoundPlace } from '../domain/round-place';
import type { Caller } from '../domain/scopes';
import type { TunnelAnswer, TunnelRequest } from '../domain/tunnel';
import type * as settings from '../domain/settings';
import type { Source } from '../domain/source';
import type { StatsPoint, StatsRange } from '../domain/stats/stats-range';
import type { StatsSubject, Tally } from '../domain/stats/tally';
import type {
  ApiKeyRecords,
  EndpointRecords,
  InspectorRecords,
  ReplayRecords,
  SourceRecords,
  SubscriptionRecords,
  TenantRecords,
} from '../manage/records';
import type { CheckCredentials } from '../manage/checks/check-credentials';
import type { CheckUrl } from '../manage/checks/check-endpoint';
import type { CheckExpression } from '../manage/checks/check-subscription';
import type { PreviewNeeds } from '../manage/previews/preview-subscription';
import type { RoutingFacts } from '../domain/routing/routing-verdict';
import type { SourceNeeds } from '../manage/sources';
import type { OperationalEvent } from '../manage/endpoints';
import type { RuledSubscription } from '../manage/checks/event-type-warnings';
import type { CatalogRecords } from '../manage/event-types';
import type { ControlMessage } from '../messages/control';
import type { DeliveryChange } from '../messages/delivery-change';
import type { Logger } from '../runtime/logger';

type TenantScope = settings.TenantScope;

export interface WatchRequest {
  tenantId: string;
  filter: DeliveryFilter;
  /** First everything after this place in the tenant's change log. */
  afterSeq?: number;
  /** Aborted when nobody listens any more. */
  signal: AbortSignal;
}

/** The changes of all tenants, for who may see all. */
export interface AllTenantsWatch {
  watch(request: {
    filter: DeliveryFilter;
    after?: RoundPlace;
    signal: AbortSignal;
  }): AsyncIterable<(DeliveryChange & { round?: Round })[]>;
  newest(): Promise<RoundPlace>;
  placeOf(place: RoundPlace): Promise<'there' | 'expired' | 'not-yet'>;
}

export interface EventWatchRequest {
  tenantId: string;
  /** Exact types or topic patterns. */
  types?: readonly string[];
  signal: AbortSignal;
}

export interface EndpointWatchRequest {
  tenantId: string;
  endpointId?: string;
  signal: AbortSignal;
}
export type ApiHappening =
  { kind: 'refused'; reason: 'unauthenticated' | 'rate-limited' } | { kind: 'audit-lost' };

/** What the API needs of the stages. */
export interface ApiStages {
  /** All or nothing; the fields of its userErrors begin with `events`, index. */
  publishEvents(caller: Caller, inputs: PublishInput[]): Promise<Outcome<PublishReceipt[]>>;
  retryDelivery(tenantId: TenantScope, id: string): Promise<Outcome<Delivery>>;
  cancelDelivery(tenantId: TenantScope, id: string): Promise<Outcome<Delivery>>;
  watchDeliveries(request: WatchRequest): AsyncIterable<DeliveryChange[]>;
  allTenants: AllTenantsWatch;
  /** Events as they are routed; `'fell-behind'`, and the end, for a reader that is too slow. */
  watchEvents(request: EventWatchRequest): AsyncIterable<settings.EventHead[] | 'fell-behind'>;
  /** Endpoints as they change; ends when the one that was asked for is not there, or no more. */
  watchEndpoints(request: EndpointWatchRequest): AsyncIterable<settings.Endpoint[]>;
  /** Whether a tenant's change log can be read on from here; expired when retention has taken what came next. */
  placeOf(tenantId: string, seq: number): Promise<'there' | 'expired' | 'not-yet'>;
  /** How far a tenant's change log has come; 0 when nothing is in it yet. */
  lastSeq(tenantId: string): Promise<number>;
  /** The replay now, then at each step forward, until it has ended. */
  watchReplay(replayId: string, signal: AbortSignal): AsyncIterable<Replay[]>;
  /** What an inspector receives from now on. */
  watchInspector(inspectorId: string, signal: AbortSignal): AsyncIterable<InspectedRequest[]>;
  /** What goes to the tunnel, until another takes its place; it is let go while somebody listens, and held otherwise. */
  listenToTunnel(tunnel: settings.Endpoint, signal: AbortSignal): AsyncIterable<TunnelRequest[] | 'replaced'>;
  /** To whoever asked. */
  answerTunnel: (endpointId: string, requestId: string, answer: TunnelAnswer) => void;
  /** One signed request now. */
  sendTest: (endpoint: EndpointSettings, event: WarrenEvent, tenantSlug: string) => Promise<Attempt>;
  /** An event at the version that a subscription is pinned to, by the catalog as it is now. */
  downgrade: PreviewNeeds['downgrade'];
  /** What publishing would find wrong with an event. */
  checkSample: PreviewNeeds['checkSample'];
  /** What a subscription makes of an event's data. */
  shapeData: PreviewNeeds['shapeData'];
  /** The request of a delivery, made and not sent. */
  renderRequest: PreviewNeeds['renderRequest'];
  /** The outbound policy, name look-up included. */
  checkUrl: CheckUrl;
  /** What the URL's destination says of credentials. */
  checkCredentials: CheckCredentials;
  /** A JSON Schema that is ready to check data, or what is wrong with it. */
  compileSchema: (schema: unknown) => InPieces<CompiledSchema>;
  /** Runs what tenants' schemas and filters ask for, without keeping others waiting. */
  inTurns: TakeTurns;
  /** Parses an expression of a tenant's, within bounds. */
  checkExpression: CheckExpression;
  /** What a provider's own rules find wrong with a secret. */
  secretFault: SourceNeeds['secretFault'];
  /** Where a provider sends to. */
  sourceUrl: (sourceId: string) => string;
  /** Where the inspector with this token takes requests. */
  inspectorUrl: (token: string) => string;
  announce: (message: ControlMessage) => void;
  /** Tells a tenant by an event of Warren's own; done in its own time. */
  tell: (event: OperationalEvent) => void;
}

/** What the API reads and writes. */
export interface ApiStores {
  tenants: TenantRecords & {
    byIds(scope: TenantScope, ids: readonly string[]): Promise<settings.Tenant[]>;
    list(scope: TenantScope, page: PageRequest): Promise<Page<settings.Tenant>>;
    count(scope: TenantScope): Promise<number>;
  };
  apiKeys: ApiKeyRecords & {
    findByHash(hash: Buffer): Promise<settings.ApiKey | undefined>;
    findLive(id: string): Promise<settings.ApiKey | undefined>;
    noteUse(id: string, at: Date): Promise<void>;
    ofTenants(scope: TenantScope, tenantIds: readonly string[]): Promise<settings.ApiKey[]>;
  };
  endpoints: EndpointRecords & {
    byIds(scope: TenantScope, ids: readonly string[]): Promise<settings.Endpoint[]>;
    list(scope: TenantScope, page: PageRequest): Promise<Page<settings.Endpoint>>;
    count(scope: TenantScope): Promise<number>;
    secretsOf(scope: TenantScope, ids: readonly string[], at: Date): Promise<Map<string, EndpointSecret[]>>;
    countTunnels(tenantId: string): Promise<number>;
    healthOf(scope: TenantScope, ids: readonly string[]): Promise<Map<string, EndpointHealth>>;
  };
  subscriptions: SubscriptionRecords & {
    byIds(scope: TenantScope, ids: readonly string[]): Promise<settings.WebhookSubscription[]>;
    ofEndpoints(scope: TenantScope, endpointIds: readonly string[]): Promise<settings.WebhookSubscription[]>;
    list(
      scope: TenantScope,
      endpointId: string | undefined,
      page: PageRequest,
    ): Promise<Page<settings.WebhookSubscription>>;
    count(scope: TenantScope, endpointId: string | undefined): Promise<number>;
    /** Those to a type that have a version, a filter, a transform or fields. */
    ruled(scope: TenantScope, type: string): Promise<RuledSubscription[]>;
  };
  catalog: CatalogRecords & {
    /** The tenant's own, or else the shared one. */
    findByName(scope: TenantScope, name: string): Promise<CatalogEntry | undefined>;
    named(scope: TenantScope, names: readonly string[]): Promise<CatalogEntry[]>;
    list(scope: TenantScope, page: PageRequest): Promise<Page<CatalogEntry>>;
    count(scope: TenantScope): Promise<number>;
    /** By name, with versions; null: what everybody shares. */
    readPage(owner: TenantScope, after: string | undefined): Promise<CatalogPage>;
  };
  events: {
    byIds(scope: TenantScope, ids: readonly string[]): Promise<settings.EventHead[]>;
    dataOf(scope: TenantScope, ids: readonly string[]): Promise<Map<string, Buffer>>;
    /** `too-much`: more changes lie between these events than can be looked through. */
    routingOf(scope: TenantScope, ids: readonly string[]): Promise<Map<string, RoutingFacts | 'too-much'>>;
    list(scope: TenantScope, filter: EventFilter, page: PageRequest): Promise<Page<settings.EventHead>>;
    count(scope: TenantScope, filter: EventFilter): Promise<Counted>;
  };
  deliveries: {
    byIds(scope: TenantScope, ids: readonly string[]): Promise<Delivery[]>;
    list(scope: TenantScope, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
    count(scope: TenantScope, filter: DeliveryFilter): Promise<Counted>;
    newestOfEvents(scope: TenantScope, eventIds: readonly string[], limit: number): Promise<Delivery[]>;
    countsOfEvents(scope: TenantScope, eventIds: readonly string[]): Promise<Map<string, number>>;
  };
  replays: ReplayRecords & {
    list(scope: TenantScope, page: PageRequest): Promise<Page<Replay>>;
    count(scope: TenantScope): Promise<number>;
  };
  sources: SourceRecords & {
    byIds(scope: TenantScope, ids: readonly string[]): Promise<Source[]>;
    list(scope: TenantScope, page: PageRequest): Promise<Page<Source>>;
    oldSecretsUntil(scope: TenantScope, ids: readonly string[], at: Date): Promise<Map<string, Date>>;
  };
  inspectors: InspectorRecords & {
    byIds(scope: TenantScope, ids: readonly string[]): Promise<Inspector[]>;
    list(scope: TenantScope, page: PageRequest): Promise<Page<Inspector>>;
  };
  inspectedRequests: {
    list(scope: TenantScope, inspectorId: string, page: PageRequest): Promise<Page<InspectedRequest>>;
    count(scope: TenantScope, inspectorId: string): Promise<number>;
    /** What was kept of each body. */
    bodiesOf(scope: TenantScope, ids: readonly string[]): Promise<Map<string, Buffer>>;
  };
  attempts: {
    ofDeliveries(
      scope: TenantScope,
      deliveryIds: readonly string[],
    ): Promise<Map<string, settings.AttemptHead[]>>;
    bodiesOf(
      scope: TenantScope,
      deliveryIds: readonly string[],
    ): Promise<Map<string, settings.AttemptBodies[]>>;
  };
  audit: {
    append(entry: NewAuditEntry): Promise<void>;
    list(scope: TenantScope, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
    count(scope: TenantScope, filter: AuditFilter): Promise<number>;
  };
  stats: StatsReader;
}

export interface StatsReader {
  /** In the order given; zeros for what the scope does not reach. */
  totals(scope: TenantScope, subjects: readonly StatsSubject[], range: StatsRange): Promise<Tally[]>;
  points(scope: TenantScope, subjects: readonly StatsSubject[], range: StatsRange): Promise<StatsPoint[][]>;
}

export interface ApiDependencies extends ApiStages {
  stores: ApiStores;
  log: Logger;
  /** Told of what a limit refused, and of what the audit log could not take. */
  observe?: (happening: ApiHappening) => void;
}
