import { Field, ID, InputType, Int } from 'type-graphql';

const TEXT = {
  name: 'What people call it; at most 200 characters, “Inspector” unless given.',
  secret:
    'What its requests are signed with: whsec_, whsk_ or whpk_. Not needed for requests of endpoints of the same tenant.',
  status: 'With which HTTP status it answers: 200 to 599, 200 unless given.',
  delayMs: 'How long it waits before it answers, in milliseconds; at most 30,000, 0 unless given.',
  body: 'What it answers, as plain text; at most 16 KiB, nothing unless given.',
  failFirst: 'How many of the next requests are answered with 500 first; at most 1,000, 0 unless given.',
  expires: 'How long it lives from now on; 60 seconds to 7 days, a day unless given.',
} as const;

@InputType('InspectorCreateInput', { description: 'A throw-away receiver to be made.' })
export class InspectorCreateInput {
  @Field(() => ID, { nullable: true, description: 'Whose; only an operator says so.' })
  tenantId?: string | null;

  @Field(() => String, { nullable: true, description: TEXT.name })
  name?: string | null;

  @Field(() => String, { nullable: true, description: TEXT.secret })
  secret?: string | null;

  @Field(() => Int, { nullable: true, description: TEXT.status })
  status?: number | null;

  @Field(() => Int, { nullable: true, description: TEXT.delayMs })
  delayMs?: number | null;

  @Field(() => String, { nullable: true, description: TEXT.body })
  body?: string | null;

  @Field(() => Int, { nullable: true, description: TEXT.failFirst })
  failFirst?: number | null;

  @Field(() => Int, { nullable: true, description: TEXT.expires })
  expiresInSeconds?: number | null;
}

@InputType('InspectorUpdateInput', {
  description: 'What is left out stays as it is; null sets the default again.',
})
export class InspectorUpdateInput {
  @Field(() => ID, { description: 'The inspector.' })
  id!: string;

  @Field(() => String, { nullable: true, description: TEXT.name })
  name?: string | null;

  @Field(() => String, { nullable: true, description: TEXT.secret })
  secret?: string | null;

  @Field(() => Int, { nullable: true, description: TEXT.status })
  status?: number | null;

  @Field(() => Int, { nullable: true, description: TEXT.delayMs })
  delayMs?: number | null;

  @Field(() => String, { nullable: true, description: TEXT.body })
  body?: string | null;

  @Field(() => Int, { nullable: true, description: TEXT.failFirst })
  failFirst?: number | null;

  @Field(() => Int, { nullable: true, description: TEXT.expires })
  expiresInSeconds?: number | null;
}
