import { done, type Outcome } from '../../domain/errors';
import { compilePattern } from '../../domain/event-pattern/compile-pattern';
import { briefly, explainBriefly } from '../../domain/event-pattern/explain-briefly';
import { filteredEvent } from '../../domain/event-pattern/filtered-event';
import { decodeId } from '../../domain/ids';
import type { InPieces } from '../../domain/pieces';
import type { EndpointSettings, SubscriptionRules, WarrenEvent } from '../../domain/nouns';
import { everyEventOf, type EventHead, type Tenant, type TenantScope } from '../../domain/settings';
import { TopicIndex } from '../../domain/routing/topic-pattern';
import type { MaybePromise } from '../../runtime/maybe-promise';
import type { TakeTurns } from '../../runtime/turn-taking';
import { checkAgainstCatalog, withheldTypes, type CatalogLookUp } from '../checks/check-catalog';
import { checkSubscription, rulesAfter, type CheckExpression } from '../checks/check-subscription';
import type { Faults } from '../checks/field-checks';
import { noEndpoint } from '../not-found';
import { findPreviewEvents, type CheckSample, type PreviewEvents } from './preview-events';
import type { EndpointRecords, TenantRecords } from '../records';
import type { NewSubscriptionInput } from '../subscriptions';

export interface PreviewInput {
  input: NewSubscriptionInput;
  /** One event alone, whatever its type. */
  eventId?: string | null | undefined;
  /** An event that never was: {type, data, version?, timestamp?}. */
  sample?: unknown;
  /** Otherwise so many of the newest events of the types. */
  last: number;
}

export interface PreviewedRequest {
  /** Null of a sample. */
  event: EventHead | null;
  matched: boolean;
  /** Why it does not match, or why nothing can be sent though it does. */
  reason: string | null;
  headers: Record<string, string>;
  /** Empty when nothing would be sent. */
  body: string;
}

/** Of an event that its pinned version leads to, or why nothing does. */
type Downgraded = { ok: true; version: number; data: Buffer } | { ok: false; errorDetail: string };
type Shaped = { ok: true; data: Buffer } | { ok: false; reason: string };
type ShapedEvent = WarrenEvent & { tenantSlug: string };

/** The first request of a delivery, made and not sent. */
export type RenderRequest = (
  endpoint: EndpointSettings,
  event: ShapedEvent,
) => Pick<PreviewedRequest, 'headers' | 'body'>;

export interface PreviewNeeds {
  endpoints: EndpointRecords;
  tenants: TenantRecords;
  events: PreviewEvents;
  catalog: Pick<CatalogLookUp, 'named'>;
  subscriptions: {
    ofEndpoints(scope: TenantScope, endpointIds: readonly string[]): Promise<SubscriptionRules[]>;
  };
  checkSample: CheckSample;
  checkExpression: CheckExpression;
  inTurns: TakeTurns;
  downgrade: (event: WarrenEvent, pinned: number | null) => MaybePromise<Downgraded>;
  shapeData: (material: { event: ShapedEvent; rules: SubscriptionRules }) => MaybePromise<Shaped>;
  renderRequest: RenderRequest;
  maxEventBytes: number;
}

export interface Preview {
  matched: number;
  examined: number;
  requests: PreviewedRequest[];
}

/** What a subscription would get and exactly what would be sent, without sending or storing anything. */
export function makePreviewSubscription(needs: PreviewNeeds) {
  const { endpoints, tenants, catalog, checkExpression } = needs;

  /** As when it is saved; what the endpoint gets by another subscription may be one that is about to change. */
  async function checkTypes(
    tenant: Tenant,
    { endpointId, eventTypes }: NewSubscriptionInput,
  ): Promise<Faults> {
    const lookUp = { named: catalog.named, tenantOf: () => Promise.resolve(tenant) };
    const faults = await checkAgainstCatalog(lookUp, tenant.id, eventTypes);
    if (faults.length === 0) return faults;
    const present = await needs.subscriptions.ofEndpoints(tenant.id, [endpointId]);
    const types = new Set(present.flatMap((subscription) => subscription.eventTypes));
    return faults.filter(({ field }) => !types.has(eventTypes[Number(field?.[1])] ?? ''));
  }

  return async (scope: TenantScope, preview: PreviewInput): Promise<Outcome<Preview>> => {
    const { input } = preview;
    const endpoint = decodeId('endpoint', input.endpointId)
      ? await endpoints.settingsOf(scope, input.endpointId, new Date())
      : undefined;
    const tenant = endpoint && (await tenants.find(scope, endpoint.tenantId));
    if (!endpoint || !tenant) return noEndpoint('endpointId');
    const userErrors = await checkSubscription(tenant.id, input, checkExpression);
    if (userErrors.length === 0) userErrors.push(...(await checkTypes(tenant, input)));
    if (userErrors.length > 0) return { ok: false, userErrors };
    const rules = rulesAfter(everyEventOf(input.eventTypes), input);
    const found = await findPreviewEvents(needs, tenant.id, rules.eventTypes, preview);
    if (!found.ok) return found;
    const types = found.value.map(({ event }) => event.type);
    const whyNot = makeWhyNot(rules, tenant, await withheldTypes(catalog, tenant, types));
    // All at once: of an expression that uses up its time, the runner turns away what waits.
    const requests = await Promise.all(
      found.value.map(async ({ head, event }): Promise<PreviewedRequest> => {
        const reason = await needs.inTurns(tenant.id, whyNot(event));
        return reason === undefined
          ? previewMatched(needs, endpoint, rules, head, { ...event, tenantSlug: tenant.slug })
          : { event: head, matched: false, reason, headers: {}, body: '' };
      }),
    );
    const matched = requests.filter((request) => request.matched).length;
    return done({ matched, examined: requests.length, requests });
  };
}

/** The way of a delivery: the version first, then the rules. */
async function previewMatched(
  { downgrade, shapeData, renderRequest }: PreviewNeeds,
  endpoint: EndpointSettings,
  rules: SubscriptionRules,
  head: EventHead | null,
  event: ShapedEvent,
): Promise<PreviewedRequest> {
  const nothing = { event: head, matched: true, headers: {}, body: '' };
  const older = await downgrade(event, rules.version);
  if (!older.ok) return { ...nothing, reason: older.errorDetail };
  const { version, data } = older;
  const shaped = await shapeData({ event: { ...event, version, data }, rules });
  if (!shaped.ok) return { ...nothing, reason: shaped.reason };
  try {
    const request = renderRequest(endpoint, { ...event, version, data: shaped.data });
    return { event: head, matched: true, reason: null, ...request };
  } catch (cause) {
    return { ...nothing, reason: cause instanceof Error ? cause.message : 'the payload cannot be made' };
  }
}

/** Why routing would leave the subscription out; undefined when it would not. */
function makeWhyNot(
  { eventTypes, filter }: SubscriptionRules,
  { slug }: Pick<Tenant, 'slug'>,
  withheld: ReadonlyMap<string, string>,
): (event: WarrenEvent) => InPieces<string | undefined> {
  const topics = new TopicIndex<true>();
  for (const pattern of eventTypes) topics.add(pattern, true);
  const compiled = filter === null ? undefined : compilePattern(filter);
  const budget = briefly();
  return function* (event) {
    if (topics.match(event.type).size === 0) {
      return `type ${event.type} does not match ${eventTypes.slice(0, 5).join(', ')}`;
    }
    const lacking = withheld.get(event.type);
    if (lacking !== undefined) return lacking;
    if (!compiled?.ok) return undefined;
    const data = JSON.parse(event.data.toString('utf8')) as unknown;
    const misfit = yield* explainBriefly(budget, compiled.pattern, filteredEvent(event, slug, data));
    return misfit === undefined ? undefined : `filter: ${misfit}`;
  };
}
