import { Field, ID, InputType } from 'type-graphql';
import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import { DateTimeScalar } from '../scalars';
import { DeliveryStatusEnum } from '../types/enums';

@InputType('ReplayInput', {
  description:
    'Which deliveries to send again. Give at least one condition; every one given must hold. With an endpoint or a ' +
    'subscription, `since` and no `status`, events that match and have no delivery get one, too.',
})
export class ReplayInput {
  @Field(() => [ID], { nullable: true, description: 'These, at most 1,000.' })
  deliveryIds?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Those to this endpoint.' })
  endpointId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Those of this webhook subscription.' })
  subscriptionId?: string | null;

  @Field(() => [DeliveryStatusEnum], {
    nullable: true,
    description:
      'Those in one of these. Unless given: DELIVERED and DEAD_LETTERED; with deliveryIds all but PENDING.',
  })
  status?: DeliveryStatus[] | null;

  @Field(() => [String], { nullable: true, description: 'Those of these event types, by their exact names.' })
  types?: string[] | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Those of events received at this time or later.',
  })
  since?: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Those of events received before this time. Unless given: before the replay was asked for.',
  })
  until?: Date | null;
}
