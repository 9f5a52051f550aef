import { Field, ID, InputType } from 'type-graphql';
import { DateTimeScalar } from '../scalars';

const PATTERNS = 'Exact names, or AMQP topic patterns: order.*  order.#  #';

@InputType('WebhookSubscriptionInput', { description: 'A webhook subscription to be made.' })
export class WebhookSubscriptionInput {
  @Field(() => ID, { description: 'The endpoint that gets the events.' })
  endpointId!: string;

  @Field(() => [String], { description: PATTERNS })
  eventTypes!: string[];

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Also deliver what was received since then; the answer has the replay that does it.',
  })
  backfillSince?: Date | null;
}

@InputType('WebhookSubscriptionUpdateInput', {
  description: 'What is left out stays as it is; null sets the default again.',
})
export class WebhookSubscriptionUpdateInput {
  @Field(() => ID, { description: 'The webhook subscription.' })
  id!: string;

  @Field(() => [String], { nullable: true, description: `${PATTERNS} Cannot be null.` })
  eventTypes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'False: it matches nothing for now. True by default.',
  })
  enabled?: boolean | null;
}
