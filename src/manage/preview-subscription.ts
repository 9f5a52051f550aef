import { done, type Outcome } from '../domain/errors';
import { decodeId } from '../domain/ids';
import type { EndpointSettings, SubscriptionRules, WarrenEvent } from '../domain/nouns';
import { everyEventOf, type EventHead, type TenantScope } from '../domain/settings';
import { TopicIndex } from '../domain/topic-pattern';
import { checkSubscription, rulesAfter, type CheckExpression } from './check-subscription';
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
  checkExpression: CheckExpression;
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
  const { endpoints, tenants, events, checkExpression, maxEventBytes } = needs;
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
    const found = await findPreviewEvents(events, tenant.id, rules.eventTypes, preview, maxEventBytes);
    if (!found.ok) return found;
    // All at once: of an expression that uses up its time, the runner turns away what waits.
    const requests = await Promise.all(
      found.value.map(({ head, event }) =>
        previewOne(needs, endpoint, rules, head, { ...event, tenantSlug: tenant.slug }),
      ),
    );
    const matched = requests.filter((request) => request.matched).length;
    return done({ matched, examined: requests.length, requests });
  };
}

async function previewOne(
  { shapeData, renderRequest }: PreviewNeeds,
  endpoint: EndpointSettings,
  rules: SubscriptionRules,
  head: EventHead | null,
  event: ShapedEvent,
): Promise<PreviewedRequest> {
  const nothing = { event: head, headers: {}, body: '' };
  const misfit = whyNot(rules, event);
  if (misfit !== undefined) return { ...nothing, matched: false, reason: misfit };
  const shaped = await shapeData({ event, rules });
  if (!shaped.ok) return { ...nothing, matched: true, reason: shaped.reason };
  try {
    const request = renderRequest(endpoint, { ...event, data: shaped.data });
    return { event: head, matched: true, reason: null, ...request };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'the payload cannot be made';
    return { ...nothing, matched: true, reason };
  }
}

function whyNot(rules: SubscriptionRules, event: ShapedEvent): string | undefined {
  const types = new TopicIndex<true>();
  for (const pattern of rules.eventTypes) types.add(pattern, true);
  if (types.match(event.type).size === 0) {
    return `type ${event.type} does not match ${rules.eventTypes.slice(0, 5).join(', ')}`;
  }
  return undefined;
}
