import { Field, InputType, Int } from 'type-graphql';
import type { PublishInput } from '../../domain/routing/publish';
import { DateTimeScalar, JsonScalar } from '../scalars';

@InputType('EventPublishInput', { description: 'An event to be published.' })
export class EventPublishInput {
  @Field(() => String, {
    nullable: true,
    description: 'Slug or ten_ id; a tenant’s own key may leave it out.',
  })
  tenant?: string | null;

  @Field(() => String, { description: 'What happened: dot-separated segments, such as order.placed.' })
  type!: string;

  @Field(() => JsonScalar, { description: 'What receivers get, number for number as it is written.' })
  data!: unknown;

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the type that the data follows; the newest unless given.',
  })
  version?: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it happened; now unless given.' })
  timestamp?: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'Within 24 hours the same key gives the first event’s id back, and sends nothing twice.',
  })
  idempotencyKey?: string | null;

  @Field(() => String, { nullable: true, description: 'Events with the same key belong in one order.' })
  orderingKey?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Not before this time; within the retention of the deployment, less a day. At once unless given.',
  })
  deliverAt?: Date | null;
}

@InputType('EventsPublishInput', { description: 'Many events, all or none of which are published.' })
export class EventsPublishInput {
  @Field(() => [EventPublishInput], { description: 'At most 500.' })
  events!: EventPublishInput[];
}

/**
 * Null is the same as left out.
 * @param traceparent of the request that it came with
 */
export function toPublishInput(input: EventPublishInput, traceparent?: string): PublishInput {
  const { type, data, ...optional } = input;
  const given = Object.entries(optional).filter(([, value]) => (value ?? null) !== null);
  const traced = traceparent === undefined ? {} : { traceparent };
  return { ...(Object.fromEntries(given) as Omit<PublishInput, 'type' | 'data'>), type, data, ...traced };
}
