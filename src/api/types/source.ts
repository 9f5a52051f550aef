import { Field, ObjectType } from 'type-graphql';
import type { Source, SourceProvider, SourceRefusal } from '../../domain/source';
import { DateTimeScalar } from '../scalars';
import { SourceProviderEnum, SourceRefusalEnum } from './enums';
import { NodeType, instanceOf } from './node';

@ObjectType('Source', {
  implements: NodeType,
  description:
    'Where a provider’s webhooks come in: their signatures are verified, and each becomes an event. The signing secret ' +
    'is never told again.',
})
export class SourceType extends NodeType {
  /** Not in the schema: what the edges start from. */
  tenantId!: string;

  @Field(() => String, { description: 'What people call it.' })
  name!: string;

  @Field(() => SourceProviderEnum, { description: 'Whose webhooks it takes.' })
  provider!: SourceProvider;

  @Field(() => String, {
    description: 'What its event types begin with: <eventTypePrefix>.<the provider’s event type>',
  })
  eventTypePrefix!: string;

  @Field(() => Boolean, {
    description: 'False: requests are refused, so that the provider tries again later.',
  })
  enabled!: boolean;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it last took a request, to the minute; null: never.',
  })
  lastReceivedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it last refused one, to the minute; null: never.',
  })
  lastRefusedAt!: Date | null;

  @Field(() => SourceRefusalEnum, { nullable: true, description: 'Why it refused that one; null: never.' })
  lastRefusal!: SourceRefusal | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;
}

export const toSourceType = (source: Source): SourceType => instanceOf(SourceType, source);
