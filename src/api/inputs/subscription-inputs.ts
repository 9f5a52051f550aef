import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTimeScalar, JsonScalar } from '../scalars';
import { plainJson } from '../../runtime/json-text';

const PATTERNS = 'Exact names, or AMQP topic patterns: order.*  order.#  #';

export const RULES = {
  version: 'The version of the event types that the receiver understands; null: always the newest.',
  filter: 'EventBridge event pattern over {type, data, …}; null: every event of the types.',
  transform: 'JSONata over the event; its result becomes `data`. Null: as it is.',
  includeFields: 'Dotted paths into `data` to keep; null: all of it.',
} as const;

@InputType()
abstract class RulesInput {
  @Field(() => Int, { nullable: true, description: RULES.version })
  version?: number | null;

  @Field(() => JsonScalar, { nullable: true, description: RULES.filter })
  filter?: unknown;

  @Field(() => String, { nullable: true, description: RULES.transform })
  transform?: string | null;

  @Field(() => [String], { nullable: true, description: RULES.includeFields })
  includeFields?: string[] | null;
}

@InputType('WebhookSubscriptionInput', { description: 'A webhook subscription to be made.' })
export class WebhookSubscriptionInput extends RulesInput {
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
export class WebhookSubscriptionUpdateInput extends RulesInput {
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

/** A filter is a rule, not data: its numbers are compared as doubles. */
export const withPlainFilter = <Input extends { filter?: unknown }>(input: Input): Input =>
  input.filter === undefined ? input : { ...input, filter: plainJson(input.filter) };
