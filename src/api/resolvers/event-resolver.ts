import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Outcome, UserError } from '../../domain/errors';
import { decodeId } from '../../domain/ids';
import { reachOf, requireScope, type RequestContext } from '../context';
import { EventPublishInput, EventsPublishInput, toPublishInput } from '../inputs/event-inputs';
import { EventFilterInput, toEventFilter } from '../inputs/filter-inputs';
import { parseJson } from '../../runtime/json-text';
import { JsonScalar } from '../scalars';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { DeliveryConnection, EventConnection } from '../types/connections';
import { toDeliveryType } from '../types/delivery';
import { EventType, toEventType } from '../types/event';
import { EventPublishPayload, EventsPublishPayload, answer } from '../types/payloads';
import { TenantType } from '../types/tenant';
import { tenantOf } from './edges';

@Resolver(() => EventType)
export class EventResolver {
  @Query(() => EventType, { nullable: true, description: 'One event; needs the scope events:read.' })
  async event(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: RequestContext) {
    reachOf(context, 'events:read');
    const found = decodeId('event', id) ? await context.loaders.event.load(id) : undefined;
    return found ? toEventType(found) : null;
  }

  @Query(() => EventConnection, {
    description: 'The events; needs the scope events:read.',
    complexity: pageCost,
  })
  async events(
    @Arg('filter', () => EventFilterInput, { nullable: true, description: 'Which; all unless given.' })
    filter: EventFilterInput | null | undefined,
    @Args(() => PageArguments) args: PageArguments,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'events:read');
    const { events } = context.api.stores;
    const which = toEventFilter(filter);
    const page = await events.list(reach, which, readPageArguments(args));
    return toConnection('event', page, toEventType, () => events.count(reach, which));
  }

  @FieldResolver(() => TenantType, { description: 'Whose it is.' })
  tenant(@Root() { tenantId }: EventType, @Ctx() context: RequestContext): Promise<TenantType> {
    return tenantOf(context, tenantId);
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    description: 'What the producer told, with every digit.',
  })
  async data(@Root() { id }: EventType, @Ctx() { loaders }: RequestContext): Promise<unknown> {
    const data = await loaders.eventData.load(id);
    return data ? parseJson(data.toString('utf8')) : null;
  }

  @FieldResolver(() => DeliveryConnection, {
    description: 'Where it went; needs the scope deliveries:read.',
    complexity: pageCost,
  })
  async deliveries(
    @Root() { id }: EventType,
    @Args(() => PageArguments) args: PageArguments,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'deliveries:read');
    const request = readPageArguments(args);
    const isPlain = !request.fromEnd && !request.after && !request.before;
    const page = isPlain
      ? await newestPage(context, id, request.limit)
      : await context.api.stores.deliveries.list(reach, { eventId: id }, request);
    return toConnection('delivery', page, toDeliveryType, () =>
      context.loaders.deliveryCountOfEvent.load(id),
    );
  }

  @Mutation(() => EventPublishPayload, {
    description: 'Publishes an event; answers once the broker has it. Needs events:publish.',
  })
  async eventPublish(
    @Arg('input', () => EventPublishInput, { description: 'The event.' }) input: EventPublishInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'events:publish');
    const published = context.api.stages
      .publishEvents(caller, [toPublishInput(input, context.traceparent)])
      .then(ofOneEvent);
    const fields = await answer(context, published, ([receipt]) => ({ ...receipt }));
    return { ...fields, duplicate: fields.duplicate ?? false };
  }

  @Mutation(() => EventsPublishPayload, {
    description: 'Publishes up to 500 events, all or none; needs events:publish.',
  })
  async eventsPublish(
    @Arg('input', () => EventsPublishInput, { description: 'The events.' }) input: EventsPublishInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'events:publish');
    const published = context.api.stages.publishEvents(
      caller,
      input.events.map((event) => toPublishInput(event, context.traceparent)),
    );
    const fields = await answer(context, published, (receipts) => ({
      eventIds: receipts.map(({ eventId }) => eventId),
    }));
    return { ...fields, eventIds: fields.eventIds ?? [] };
  }
}

/** One page of each event in the answer costs one statement for all of them. */
async function newestPage({ loaders }: RequestContext, eventId: string, limit: number) {
  const items = await loaders.newestDeliveriesOfEvent.load({ eventId, limit: limit + 1 });
  return { items: items.slice(0, limit), hasNextPage: items.length > limit, hasPreviousPage: false };
}

/** Faults begin with `events`, index; who gave one event knows its fields by their own names. */
function ofOneEvent<T>(outcome: Outcome<T>): Outcome<T> {
  if (outcome.ok) return outcome;
  const userErrors = outcome.userErrors.map((error): UserError => {
    const rest = error.field?.[0] === 'events' ? error.field.slice(2) : error.field;
    return { ...error, field: rest && rest.length > 0 ? rest : null };
  });
  return { ok: false, userErrors };
}
