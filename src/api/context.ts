import type { Caller, Scope } from '../domain/scopes';
import type { TenantScope } from '../domain/settings';
import { makeApiKeys, type ApiKeyUseCases } from '../manage/api-keys';
import { makeEndpoints, type EndpointUseCases } from '../manage/endpoints';
import { makePausing } from '../manage/pause-endpoint';
import { makeEventTypes, type EventTypeUseCases } from '../manage/event-types';
import { makeInspectors, type InspectorUseCases } from '../manage/inspectors';
import { makePreviewSubscription } from '../manage/previews/preview-subscription';
import { makePortalSessions } from '../manage/portal-sessions';
import { makeReplays, type ReplayUseCases } from '../manage/replays';
import { makeSources, type SourceUseCases } from '../manage/sources';
import { makeSubscriptions, type SubscriptionUseCases } from '../manage/subscriptions';
import { makeTenants, type TenantUseCases } from '../manage/tenants';
import { makeTunnels, type TunnelUseCases } from '../manage/tunnels';
import { makeTestEndpoint } from '../manage/test-endpoint';
import { makeRecordChange } from './audit/record-change';
import type { ApiDependencies, ApiStages, ApiStores } from './dependencies';
import { makeLoaders, type Loaders } from './loaders';
import type { Origin } from './http/client-address';
import { badUserInput, forbidden, requestError } from './request-errors';
import type { Authentication, Identity } from './sign-in/identity';
import type { PortalTokens } from './sign-in/portal-tokens';

/** What the deployment decides for every endpoint. */
export interface ApiSettings {
  ladder: readonly number[];
  retrySchedule: readonly number[];
  maxEventBytes: number;
  /** Where people reach Warren. */
  publicUrl: () => string;
  /** Whether it has inspectors. */
  inspector: boolean;
}

/** All that resolvers call. */
export interface Api {
  stores: ApiStores;
  stages: ApiStages;
  settings: ApiSettings;
  tenants: TenantUseCases;
  apiKeys: ApiKeyUseCases;
  endpoints: EndpointUseCases;
  subscriptions: SubscriptionUseCases;
  pausing: ReturnType<typeof makePausing>;
  eventTypes: EventTypeUseCases;
  replays: ReplayUseCases;
  sources: SourceUseCases;
  inspectors: InspectorUseCases;
  tunnels: TunnelUseCases;
  testEndpoint: ReturnType<typeof makeTestEndpoint>;
  previewSubscription: ReturnType<typeof makePreviewSubscription>;
  openPortalSession: ReturnType<typeof makePortalSessions>;
  recordChange: ReturnType<typeof makeRecordChange>;
}

export function makeApi(
  deps: ApiDependencies,
  settings: ApiSettings,
  signSession: PortalTokens['sign'],
): Api {
  const { stores, announce, tell, checkUrl, checkCredentials, checkExpression } = deps;
  const { sendTest, shapeData, renderRequest, downgrade, checkSample, secretFault } = deps;
  const needs = {
    ...{ ...stores, announce, tell, checkUrl, checkCredentials, checkExpression },
    ...{ sendTest, shapeData, renderRequest, downgrade, checkSample, secretFault },
    ...{ compileSchema: deps.compileSchema, inTurns: deps.inTurns },
    ruledSubscriptions: (scope: TenantScope, type: string) => stores.subscriptions.ruled(scope, type),
    answerTunnel: deps.answerTunnel,
    ...{ signSession, ...settings },
  };
  return {
    stores,
    stages: deps,
    settings,
    tenants: makeTenants(needs),
    apiKeys: makeApiKeys(needs),
    endpoints: makeEndpoints(needs),
    subscriptions: makeSubscriptions(needs),
    pausing: makePausing(needs),
    eventTypes: makeEventTypes(needs),
    replays: makeReplays(needs),
    sources: makeSources(needs),
    inspectors: makeInspectors(needs),
    tunnels: makeTunnels(needs),
    testEndpoint: makeTestEndpoint(needs),
    previewSubscription: makePreviewSubscription(needs),
    openPortalSession: makePortalSessions(needs),
    recordChange: makeRecordChange(deps),
  };
}

/** What one operation runs with. */
export interface RequestContext {
  api: Api;
  authentication: Authentication;
  origin: Origin;
  /** W3C trace context that came with the request. */
  traceparent?: string | undefined;
  loaders: Loaders;
}

const NOWHERE: Origin = { address: null, userAgent: null };

export function makeContext(api: Api, authentication: Authentication, origin = NOWHERE): RequestContext {
  return { api, authentication, origin, loaders: freshLoaders(api, authentication) };
}

/** After a write, and for every event of a stream: nothing that was read before may be in the answer. */
export function renewLoaders(context: RequestContext): void {
  context.loaders = freshLoaders(context.api, context.authentication);
}

function freshLoaders(api: Api, authentication: Authentication): Loaders {
  // Nobody unauthenticated gets as far as a loader; an empty scope would reach nothing either.
  return makeLoaders(api.stores, authentication.ok ? authentication.caller.tenantId : '');
}

/** Throws UNAUTHENTICATED. */
export const requireCaller = (context: RequestContext): Caller => requireIdentity(context).caller;

/** Throws UNAUTHENTICATED. */
export function requireIdentity({ authentication }: RequestContext): Identity {
  if (authentication.ok) return authentication;
  if (authentication.reason === 'unavailable') throw requestError('SERVICE_UNAVAILABLE');
  if (authentication.reason !== 'unknown-tenant') throw requestError('UNAUTHENTICATED');
  throw badUserInput('warren-tenant names no tenant that this key reaches; give its slug or ten_ id.');
}

/** Throws UNAUTHENTICATED or FORBIDDEN. */
export function requireScope(context: RequestContext, scope: Scope): Caller {
  const caller = requireCaller(context);
  if (!caller.scopes.has(scope)) throw forbidden(scope);
  return caller;
}

/** Whose rows the caller reaches, once it is clear that they hold the scope. */
export function reachOf(context: RequestContext, scope: Scope): TenantScope {
  return requireScope(context, scope).tenantId;
}

/** The same for what any one of several scopes lets see. */
export function reachOfAny(context: RequestContext, scopes: readonly Scope[]): TenantScope {
  const caller = requireCaller(context);
  if (!scopes.some((scope) => caller.scopes.has(scope))) throw forbidden(...scopes);
  return caller.tenantId;
}

/** A tenant's own key sees its own tenant; to see others takes the scope. */
export function reachOfTenants(context: RequestContext): TenantScope {
  return requireCaller(context).tenantId ?? reachOf(context, 'tenants:admin');
}

/** Tenants are made and ended by who stands above them: a tenant's own key may not, whatever it was given. */
export function reachAsOperator(context: RequestContext): TenantScope {
  const caller = requireScope(context, 'tenants:admin');
  if (caller.tenantId !== null && !caller.isOperator) {
    throw requestError(
      'FORBIDDEN',
      'This needs the scope tenants:admin over all tenants, which a tenant’s key cannot have.',
    );
  }
  return caller.tenantId;
}
