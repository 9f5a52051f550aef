import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { filteredEvent } from '../../domain/event-pattern/filtered-event';
import { LIMITS } from '../../domain/limits';
import { verdictsOf } from '../../domain/routing/routing-verdict';
import { reachOf, type RequestContext } from '../context';
import { badUserInput } from '../request-errors';
import { EndpointType, WebhookSubscriptionType, toSubscriptionType } from '../types/endpoint';
import { EventType } from '../types/event';
import { instanceOf } from '../types/node';
import { RoutingVerdictType } from '../types/routing-verdict';
import { endpointOf } from './edges';

/** What an event's verdicts are guessed to be, for the cost of a document. */
const USUAL_VERDICTS = 25;

@Resolver(() => EventType)
export class EventRoutingResolver {
  @FieldResolver(() => [RoutingVerdictType], {
    description: `Why each endpoint of the tenant did or did not get it, by the settings that routed it: at most ${LIMITS.endpointsPerRouting} endpoints, those of today first, the newest first. Needs endpoints:read too.`,
    complexity: ({ childComplexity }) => 1 + USUAL_VERDICTS * childComplexity,
  })
  routing(@Root() event: EventType, @Ctx() context: RequestContext): Promise<RoutingVerdictType[]> {
    reachOf(context, 'events:read');
    reachOf(context, 'endpoints:read');
    return routingOf(context, event);
  }
}

@Resolver(() => RoutingVerdictType)
export class RoutingVerdictResolver {
  @FieldResolver(() => EndpointType, { description: 'The endpoint; also when it was deleted since.' })
  endpoint(
    @Root() { endpointId }: RoutingVerdictType,
    @Ctx() context: RequestContext,
  ): Promise<EndpointType> {
    return endpointOf(context, endpointId);
  }

  @FieldResolver(() => WebhookSubscriptionType, {
    nullable: true,
    description: 'The webhook subscription; null when the endpoint had none, or it was deleted since.',
  })
  async subscription(
    @Root() { subscriptionId }: RoutingVerdictType,
    @Ctx() { loaders }: RequestContext,
  ): Promise<WebhookSubscriptionType | null> {
    const found = subscriptionId === null ? undefined : await loaders.subscription.load(subscriptionId);
    return found ? toSubscriptionType(found) : null;
  }
}

/** What a filter saw is made again, as the router made it. */
async function routingOf({ api, loaders }: RequestContext, event: EventType): Promise<RoutingVerdictType[]> {
  const { id, type, version, timestamp: occurredAt } = event;
  const history = await loaders.routingHistory.load(id);
  if (history === 'too-much') {
    throw badUserInput('Too many changes of settings lie between these events; ask about fewer at a time.');
  }
  if (!history) return [];
  const hasFilter = history.endpoints.some(({ subscriptions }) =>
    subscriptions.some(({ state }) => state?.filter),
  );
  const data = hasFilter ? await loaders.eventData.load(id) : undefined;
  const tenant = await loaders.tenant.load(event.tenantId);
  const slug = tenant?.slug.split('~')[0] ?? '';
  const parsed = data && (JSON.parse(data.toString('utf8')) as unknown);
  const seen = filteredEvent({ id, type, version, occurredAt }, slug, parsed);
  const verdicts = await api.stages.inTurns(
    event.tenantId,
    verdictsOf(history, type, () => seen),
  );
  return verdicts.map((verdict) => instanceOf(RoutingVerdictType, verdict));
}
