import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { decodeId } from '../../domain/ids';
import { reachOf, requireScope, type RequestContext } from '../context';
import {
  WebhookSubscriptionInput,
  WebhookSubscriptionUpdateInput,
  withPlainFilter,
} from '../inputs/subscription-inputs';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { WebhookSubscriptionConnection } from '../types/connections';
import { EndpointType, WebhookSubscriptionType, toSubscriptionType } from '../types/endpoint';
import { DeletePayload, WebhookSubscriptionPayload, answer } from '../types/payloads';
import { PreviewArguments, SubscriptionPreviewType, toPreviewType } from '../types/preview';
import { endpointOf, shownHeaders } from './edges';
import { toReplayType } from '../types/replay';

@Resolver(() => WebhookSubscriptionType)
export class WebhookSubscriptionResolver {
  @Query(() => WebhookSubscriptionType, {
    nullable: true,
    description: 'One webhook subscription; needs endpoints:read.',
  })
  async webhookSubscription(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:read');
    const found = decodeId('subscription', id)
      ? await context.api.stores.subscriptions.find(reach, id)
      : undefined;
    return found ? toSubscriptionType(found) : null;
  }

  @Query(() => WebhookSubscriptionConnection, {
    description: 'The webhook subscriptions; needs endpoints:read.',
    complexity: pageCost,
  })
  async webhookSubscriptions(
    @Arg('endpointId', () => ID, { nullable: true, description: 'Only those of this endpoint.' })
    endpointId: string | null | undefined,
    @Args(() => PageArguments) args: PageArguments,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:read');
    const { subscriptions } = context.api.stores;
    const request = readPageArguments(args);
    const endpoint = typeof endpointId === 'string' ? endpointId : undefined;
    const isNobodys = endpoint !== undefined && !decodeId('endpoint', endpoint);
    if (isNobodys) return toConnection('subscription', NOTHING, toSubscriptionType, () => Promise.resolve(0));
    const page = await subscriptions.list(reach, endpoint, request);
    return toConnection('subscription', page, toSubscriptionType, () => subscriptions.count(reach, endpoint));
  }

  @Query(() => SubscriptionPreviewType, {
    description:
      'Which of the recent events would match, and exactly what would be sent, without sending or storing anything. Needs endpoints:write and events:read.',
    complexity: ({ args, childComplexity }) => 1 + Math.max(1, Number(args.last)) * childComplexity,
  })
  async webhookSubscriptionPreview(
    @Args(() => PreviewArguments) { input, ...which }: PreviewArguments,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    requireScope(context, 'events:read');
    const preview = context.api.previewSubscription(reach, { input: withPlainFilter(input), ...which });
    return toPreviewType(await preview, (headers) => shownHeaders(context, headers));
  }

  @FieldResolver(() => EndpointType, { description: 'The endpoint that gets the events.' })
  endpoint(
    @Root() { endpointId }: WebhookSubscriptionType,
    @Ctx() context: RequestContext,
  ): Promise<EndpointType> {
    return endpointOf(context, endpointId);
  }

  @Mutation(() => WebhookSubscriptionPayload, {
    description:
      'Makes a webhook subscription; it applies to every event published after the answer. Needs endpoints:write.',
  })
  async webhookSubscriptionCreate(
    @Arg('input', () => WebhookSubscriptionInput, { description: 'The subscription.' })
    input: WebhookSubscriptionInput,
    @Ctx() context: RequestContext,
  ) {
    const { tenantId, keyId } = requireScope(context, 'endpoints:write');
    const making = context.api.subscriptions.create(tenantId, withPlainFilter(input), keyId);
    return answer(context, making, ({ backfill, ...made }) => ({
      ...inPayload(made),
      replay: backfill ? toReplayType(backfill) : null,
    }));
  }

  @Mutation(() => WebhookSubscriptionPayload, {
    description: 'Changes a webhook subscription; needs endpoints:write.',
  })
  async webhookSubscriptionUpdate(
    @Arg('input', () => WebhookSubscriptionUpdateInput, { description: 'What changes.' })
    input: WebhookSubscriptionUpdateInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.subscriptions.update(reach, withPlainFilter(input)), inPayload);
  }

  @Mutation(() => DeletePayload, {
    description: 'Ends a webhook subscription; needs the scope endpoints:write.',
  })
  async webhookSubscriptionDelete(
    @Arg('id', () => ID, { description: 'The subscription.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.subscriptions.remove(reach, id), (deletedId) => ({ deletedId }));
  }
}

const NOTHING = { items: [], hasNextPage: false, hasPreviousPage: false };

const inPayload = (subscription: Parameters<typeof toSubscriptionType>[0]) => ({
  webhookSubscription: toSubscriptionType(subscription),
});
