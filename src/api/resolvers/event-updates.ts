import { Arg, Resolver, Root, Subscription } from 'type-graphql';
import { LIMITS } from '../../domain/limits';
import type { EventHead } from '../../domain/settings';
import { isTopicPattern } from '../../domain/routing/topic-pattern';
import type { RequestContext } from '../context';
import { makePayloadsOf } from '../live/payloads-of';
import { tenantToWatch } from '../live/tenant-to-watch';
import { badUserInput, requestError } from '../request-errors';
import { mapStream } from '../stream';
import { EventType, toEventType } from '../types/event';

@Resolver()
export class EventUpdateResolver {
  @Subscription(() => EventType, {
    description:
      'Each event of the tenant as it is routed, from now on, whether or not anybody gets it. Needs the scope ' +
      'events:read.',
    subscribe: ({ args, context }) =>
      watch((args as { types?: string[] | null }).types ?? undefined, context as RequestContext),
  })
  eventReceived(
    @Arg('types', () => [String], {
      nullable: true,
      description: 'Exact event types, or topic patterns: order.*  order.#  All unless given.',
    })
    _types: string[] | null | undefined,
    @Root() event: EventType,
  ): EventType {
    return event;
  }
}

function watch(types: string[] | undefined, context: RequestContext): AsyncIterable<EventType[]> {
  const tenantId = tenantToWatch(context, 'events:read');
  if (types && types.length > LIMITS.eventTypesPerSubscription)
    throw badUserInput(`At most ${LIMITS.eventTypesPerSubscription} types at once.`);
  const fault = types?.find((type) => !isTopicPattern(type));
  if (fault !== undefined)
    throw badUserInput('types: each is an event type, or a topic pattern such as order.* or order.#');
  const which = types ? { types } : {};
  return mapStream(
    (signal) => context.api.stages.watchEvents({ tenantId, signal, ...which }),
    (events) => {
      if (events !== 'fell-behind') return eventsOf(events);
      throw requestError(
        'RATE_LIMITED',
        'More events came than wait for one reader. Read `events`, then watch again.',
      );
    },
  );
}

const eventsOf = makePayloadsOf((head: EventHead) => toEventType(head));
