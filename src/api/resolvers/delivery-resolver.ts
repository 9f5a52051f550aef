import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { decodeId } from '../../domain/ids';
import { refused, type Outcome } from '../../domain/errors';
import type { Delivery } from '../../domain/nouns';
import { reachOf, type RequestContext } from '../context';
import { DeliveryFilterInput, toDeliveryFilter } from '../inputs/filter-inputs';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { DeliveryConnection } from '../types/connections';
import { DeliveryAttemptType, DeliveryType, toDeliveryType } from '../types/delivery';
import { EndpointType, WebhookSubscriptionType, toSubscriptionType } from '../types/endpoint';
import { EventType } from '../types/event';
import { DeliveryPayload, answer } from '../types/payloads';
import { attemptsOf, endpointOf, eventOf, requestBodyOf, responseBodyOf } from './edges';

const ATTEMPTS_COST = 5;

@Resolver(() => DeliveryType)
export class DeliveryResolver {
  @Query(() => DeliveryType, {
    nullable: true,
    description: 'One delivery; needs the scope deliveries:read.',
  })
  async delivery(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    reachOf(context, 'deliveries:read');
    const found = decodeId('delivery', id) ? await context.loaders.delivery.load(id) : undefined;
    return found ? toDeliveryType(found) : null;
  }

  @Query(() => DeliveryConnection, {
    description: 'The deliveries; needs the scope deliveries:read.',
    complexity: pageCost,
  })
  async deliveries(
    @Arg('filter', () => DeliveryFilterInput, { nullable: true, description: 'Which; all unless given.' })
    filter: DeliveryFilterInput | null | undefined,
    @Args(() => PageArguments) args: PageArguments,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'deliveries:read');
    const { deliveries } = context.api.stores;
    const which = toDeliveryFilter(filter);
    // One that was published a moment ago may not be on record yet.
    if (which.eventId && decodeId('event', which.eventId)) await context.loaders.event.load(which.eventId);
    const page = await deliveries.list(reach, which, readPageArguments(args));
    return toConnection('delivery', page, toDeliveryType, () => deliveries.count(reach, which));
  }

  /** On the ladder until its time comes, though no request will be made: the row is not touched when an endpoint goes. */
  @FieldResolver()
  nextAttemptAt(
    @Root() { nextAttemptAt, endpointId }: DeliveryType,
    @Ctx() { loaders }: RequestContext,
  ): Promise<Date | null> | null {
    if (nextAttemptAt === null) return null;
    return loaders.endpoint.load(endpointId).then((found) => (found?.deletedAt ? null : nextAttemptAt));
  }

  @FieldResolver(() => EventType, { description: 'What is delivered.' })
  event(@Root() { eventId }: DeliveryType, @Ctx() context: RequestContext): Promise<EventType> {
    return eventOf(context, eventId);
  }

  @FieldResolver(() => EndpointType, { description: 'Where it goes.' })
  endpoint(@Root() { endpointId }: DeliveryType, @Ctx() context: RequestContext): Promise<EndpointType> {
    return endpointOf(context, endpointId);
  }

  @FieldResolver(() => WebhookSubscriptionType, {
    nullable: true,
    description: 'Why it goes there; null: since deleted.',
  })
  async subscription(@Root() { subscriptionId }: DeliveryType, @Ctx() { loaders }: RequestContext) {
    const found = await loaders.subscription.load(subscriptionId);
    return found ? toSubscriptionType(found) : null;
  }

  @FieldResolver(() => [DeliveryAttemptType], {
    description: 'Every request so far, in order.',
    complexity: ({ childComplexity }) => ATTEMPTS_COST * childComplexity,
  })
  attempts(@Root() { id }: DeliveryType, @Ctx() context: RequestContext): Promise<DeliveryAttemptType[]> {
    return attemptsOf(context, id);
  }

  @Mutation(() => DeliveryPayload, {
    description: 'Sends any finished or waiting delivery now; needs deliveries:write.',
  })
  async deliveryRetry(
    @Arg('id', () => ID, { description: 'The delivery.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'deliveries:write');
    return answer(
      context,
      onceOnRecord(context, id, () => context.api.stages.retryDelivery(reach, id)),
      inPayload,
    );
  }

  @Mutation(() => DeliveryPayload, {
    description: 'Ends a delivery that is not finished; needs deliveries:write.',
  })
  async deliveryCancel(
    @Arg('id', () => ID, { description: 'The delivery.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'deliveries:write');
    return answer(
      context,
      onceOnRecord(context, id, () => context.api.stages.cancelDelivery(reach, id)),
      inPayload,
    );
  }
}

@Resolver(() => DeliveryAttemptType)
export class DeliveryAttemptResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The body that was sent; null: no longer on record.',
  })
  requestBody(@Root() attempt: DeliveryAttemptType, @Ctx() context: RequestContext): Promise<string | null> {
    return requestBodyOf(context, attempt);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The answer’s body, cut at 16 KiB; null: none came.',
  })
  responseBody(@Root() attempt: DeliveryAttemptType, @Ctx() context: RequestContext): Promise<string | null> {
    return responseBodyOf(context, attempt);
  }
}

/** Of one that began a moment ago a request may have been made, and its row not be there yet. */
async function onceOnRecord(
  { loaders }: RequestContext,
  id: string,
  change: () => Promise<Outcome<Delivery>>,
): Promise<Outcome<Delivery>> {
  if (!decodeId('delivery', id)) return noDelivery();
  await loaders.delivery.load(id);
  return change();
}

const noDelivery = () => Promise.resolve(refused('NOT_FOUND', 'There is no delivery with this id.', ['id']));

const inPayload = (delivery: Parameters<typeof toDeliveryType>[0]) => ({
  delivery: toDeliveryType(delivery),
});
