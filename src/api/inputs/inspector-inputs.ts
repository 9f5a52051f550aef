import { Field, ID, InputType, Int } from 'type-graphql';

@InputType()
abstract class InspectorInput {
  @Field(() => String, {
    nullable: true,
    description: 'What people call it; at most 200 characters, “Inspector” unless given.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What its requests are signed with: whsec_, whsk_ or whpk_. Not needed for requests of endpoints of the same tenant.',
  })
  secret?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'With which HTTP status it answers: 200 to 599, 200 unless given.',
  })
  status?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long it waits before it answers, in milliseconds; at most 30,000, 0 unless given.',
  })
  delayMs?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'What it answers, as plain text; at most 16 KiB, nothing unless given.',
  })
  body?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many of the next requests are answered with 500 first; at most 1,000, 0 unless given.',
  })
  failFirst?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long it lives from now on; 60 seconds to 7 days, a day unless given.',
  })
  expiresInSeconds?: number | null;
}

@InputType('InspectorCreateInput', { description: 'A throw-away receiver to be made.' })
export class InspectorCreateInput extends InspectorInput {
  @Field(() => ID, { nullable: true, description: 'Whose; only an operator says so.' })
  tenantId?: string | null;
}

@InputType('InspectorUpdateInput', {
  description: 'What is left out stays as it is; null sets the default again.',
})
export class InspectorUpdateInput extends InspectorInput {
  @Field(() => ID, { description: 'The inspector.' })
  id!: string;
}
