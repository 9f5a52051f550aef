import { Field, ID, InputType, Int } from 'type-graphql';
import type { SourceProvider } from '../../domain/source';
import { SourceProviderEnum } from '../types/enums';

const TEXT = {
  id: 'The source.',
  name: 'What people call it; at most 200 characters.',
  secret: 'What the provider signs with: 8 to 500 bytes. It is never told again.',
  prefix: 'What its event types begin with; the provider’s name in lower case unless given.',
} as const;

@InputType('SourceCreateInput', { description: 'A source to be made.' })
export class SourceCreateInput {
  @Field(() => ID, { nullable: true, description: 'Whose; only an operator says so.' })
  tenantId?: string | null;

  @Field(() => String, { description: TEXT.name })
  name!: string;

  @Field(() => SourceProviderEnum, { description: 'Whose webhooks it takes; it stays so.' })
  provider!: SourceProvider;

  @Field(() => String, { description: TEXT.secret })
  signingSecret!: string;

  @Field(() => String, { nullable: true, description: TEXT.prefix })
  eventTypePrefix?: string | null;
}

@InputType('SourceUpdateInput', {
  description: 'What is left out stays as it is; null sets the default again.',
})
export class SourceUpdateInput {
  @Field(() => ID, { description: TEXT.id })
  id!: string;

  @Field(() => String, { nullable: true, description: TEXT.name })
  name?: string | null;

  @Field(() => String, { nullable: true, description: TEXT.prefix })
  eventTypePrefix?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether requests are taken; true by default.',
  })
  enabled?: boolean | null;
}

@InputType('SourceSecretRotateInput', { description: 'A new secret of a provider’s.' })
export class SourceSecretRotateInput {
  @Field(() => ID, { description: TEXT.id })
  id!: string;

  @Field(() => String, { description: TEXT.secret })
  signingSecret!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 86_400,
    description: 'How long requests signed with the old ones are taken beside it; at most a week.',
  })
  overlapSeconds?: number | null;
}
