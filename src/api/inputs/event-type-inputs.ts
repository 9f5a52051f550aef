import { Field, InputType, Int } from 'type-graphql';
import type { EventTypeFields } from '../../manage/checks/check-event-type';
import { plainJson } from '../../runtime/json-text';
import { JsonScalar } from '../scalars';

@InputType('EventTypeInput', {
  description:
    'An event type with one of its versions. Of what is there already, what is left out stays as it is; null sets the ' +
    'default again.',
})
export class EventTypeInput {
  @Field(() => String, {
    description: 'The type of the events; dot-separated segments, such as order.placed.',
  })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What such an event means; at most 2000 characters.' })
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What a tenant must have been granted to get its events; null: everybody may.',
  })
  requiredScope?: string | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 1,
    description: 'The version that the other fields speak of: one that there is, or the next.',
  })
  version?: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'JSON Schema 2020-12 of the data; at most 64 KiB. References stay inside it.',
  })
  schema?: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'Data that fits the schema.' })
  example?: unknown;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True: what is published without a version does not take it. False by default.',
  })
  deprecated?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'JSONata over the data that makes it what the version before has.',
  })
  downgrade?: string | null;
}

export function toEventTypeFields(input: EventTypeInput): EventTypeFields {
  const { name, description, requiredScope, version, schema, example, deprecated, downgrade } = input;
  return {
    name,
    description,
    requiredScope,
    version,
    deprecated,
    downgrade,
    schema: plainJson(schema),
    example,
  };
}
