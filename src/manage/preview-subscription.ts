import { done, type Outcome } from '../domain/errors';
import { defaultVersion } from '../domain/catalog';
import { compilePattern } from '../domain/event-pattern/compile-pattern';
import { filteredEvent } from '../domain/event-pattern/filtered-event';
import { decodeId } from '../domain/ids';
import type { EndpointSettings, SubscriptionRules, WarrenEvent } from '../domain/nouns';
import { everyEventOf, type EventHead, type Tenant, type TenantScope } from '../domain/settings';
import { TopicIndex } from '../domain/topic-pattern';
import { withheldTypes, type CatalogLookUp } from './check-catalog';
import { checkSubscription, rulesAfter, type CheckExpression } from './check-subscription';
import type { CatalogRecords } from './event-types';
import { noEndpoint } from './not-found';
import { findPreviewEvents, type PreviewEvents } from './preview-events';
import type { EndpointRecords, TenantRecords } from './records';
import type { NewSubscriptionInput } from './subscriptions';

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
  catalog: Pick<CatalogLookUp, 'named'> & Pick<CatalogRecords, 'versionsOf'>;
  checkExpression: CheckExpression;
  downgrade: (event: WarrenEvent, pinned: number | null) => Promise<Downgraded>;
  shapeData: (material: { event: ShapedEvent; rules: SubscriptionRules }) => Shaped | Promise<Shaped>;
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
  const { endpoints, tenants, events, catalog, checkExpression, maxEventBytes } = needs;

  /** The version that an event of the type follows when it names none. */
  async function versionOf(tenantId: string, type: string): Promise<number> {
    const [entry] = await catalog.named(tenantId, [type]);
    return defaultVersion((entry && (await catalog.versionsOf([entry.id])).get(entry.id)) ?? []);
  }

  return async (scope: TenantScope, preview: PreviewInput): Promise<Outcome<Preview>> => {
    const { input } = preview;
    const endpoint = decodeId('endpoint', input.endpointId)
      ? await endpoints.settingsOf(scope, input.endpointId, new Date())
      : undefined;
    const tenant = endpoint && (await tenants.find(scope, endpoint.tenantId));
    if (!endpoint || !tenant) return noEndpoint('endpointId');
    const userErrors = await checkSubscription(tenant.id, input, checkExpression);
    if (userErrors.length > 0) return { ok: false, userErrors };
    const rules = rulesAfter(everyEventOf(input.eventTypes), input);
    const sources = { events, maxEventBytes, versionOf: (type: string) => versionOf(tenant.id, type) };
    const found = await findPreviewEvents(sources, tenant.id, rules.eventTypes, preview);
    if (!found.ok) return found;
    const types = found.value.map(({ event }) => event.type);
    const whyNot = makeWhyNot(rules, tenant, await withheldTypes(catalog, tenant, types));
    // All at once: of an expression that uses up its time, the runner turns away what waits.
    const requests = await Promise.all(
      found.value.map(async ({ head, event }): Promise<PreviewedRequest> => {
        const reason = whyNot(event);
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
): (event: WarrenEvent) => string | undefined {
  const topics = new TopicIndex<true>();
  for (const pattern of eventTypes) topics.add(pattern, true);
  const compiled = filter === null ? undefined : compilePattern(filter);
  return (event) => {
    if (topics.match(event.type).size === 0) {
      return `type ${event.type} does not match ${eventTypes.slice(0, 5).join(', ')}`;
    }
    const lacking = withheld.get(event.type);
    if (lacking !== undefined) return lacking;
    if (!compiled?.ok) return undefined;
    const data = JSON.parse(event.data.toString('utf8')) as unknown;
    const misfit = compiled.pattern.explain(filteredEvent(event, slug, data));
    return misfit === undefined ? undefined : `filter: ${misfit}`;
  };
}
