import { Field, ID, ObjectType } from 'type-graphql';
import type { ActorKind, AuditEntry } from '../../domain/audit';
import { DateTimeScalar } from '../scalars';
import { ActorKindEnum } from './enums';
import { instanceOf } from './node';

@ObjectType('AuditActor', { description: 'Who made a change.' })
export class AuditActorType {
  @Field(() => ActorKindEnum, { description: 'By what they called.' })
  kind!: ActorKind;

  @Field(() => String, {
    description: 'The API key’s id, the token’s subject, or, of a portal session, who made it.',
  })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The first characters of the API key; null: it was none.',
  })
  prefix!: string | null;
}

@ObjectType('AuditEntry', {
  description: 'One change that somebody made. It has names of fields, never their values.',
})
export class AuditEntryType {
  /** Not in the schema: what the edge to the tenant starts from. */
  tenantId!: string | null;

  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  at!: Date;

  @Field(() => AuditActorType, { description: 'Who made it.' })
  actor!: AuditActorType;

  @Field(() => String, { description: 'The mutation’s name.' })
  action!: string;

  @Field(() => ID, { nullable: true, description: 'What was changed; null: nothing that has an id.' })
  objectId!: string | null;

  @Field(() => [String], { description: 'The names of the fields that were given.' })
  fields!: string[];

  @Field(() => Boolean, { description: 'False: it broke midway, so that it may have been done or not.' })
  ok!: boolean;

  @Field(() => String, { nullable: true, description: 'The caller’s IP address.' })
  address!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The caller’s program, as it named itself; at most 200 characters.',
  })
  userAgent!: string | null;
}

export const toAuditEntryType = ({ actor, ...entry }: AuditEntry): AuditEntryType =>
  instanceOf(AuditEntryType, { ...entry, actor: instanceOf(AuditActorType, { ...actor }) });
