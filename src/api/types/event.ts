import { Field, Int, ObjectType } from 'type-graphql';
import type { EventHead } from '../../domain/settings';
import { DateTimeScalar } from '../scalars';
import { NodeType, instanceOf } from './node';

@ObjectType('Event', {
  implements: NodeType,
  description: 'Something that happened, as its producer told it.',
})
export class EventType extends NodeType {
  /** Not in the schema: what the edges start from. */
  tenantId!: string;

  @Field(() => String, { description: 'What happened: dot-separated segments, such as order.placed.' })
  type!: string;

  @Field(() => Int, { description: 'The version of the type that the data follows.' })
  version!: number;

  @Field(() => DateTimeScalar, { description: 'When it happened, as the producer says.' })
  timestamp!: Date;

  @Field(() => DateTimeScalar, { description: 'When Warren took it.' })
  receivedAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'The producer’s own name for it, for 24 hours unique.',
  })
  idempotencyKey!: string | null;

  @Field(() => String, { nullable: true, description: 'Events with the same key belong in one order.' })
  orderingKey!: string | null;
}

export function toEventType(record: EventHead): EventType {
  const {
    id,
    tenantId,
    type,
    version,
    occurredAt,
    receivedAt,
    idempotencyKey = null,
    orderingKey = null,
  } = record;
  return instanceOf(EventType, {
    id,
    tenantId,
    type,
    version,
    timestamp: occurredAt,
    receivedAt,
    idempotencyKey,
    orderingKey,
  });
}
