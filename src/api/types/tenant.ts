import { Field, ID, ObjectType } from 'type-graphql';
import type { ApiKey, Tenant } from '../../domain/settings';
import { DateTimeScalar } from '../scalars';
import { NodeType, instanceOf } from './node';

@ObjectType('Tenant', {
  implements: NodeType,
  description: 'A customer: owns endpoints, events, deliveries and keys.',
})
export class TenantType extends NodeType {
  @Field(() => String, { description: 'A short unique name; the first segment of status routing keys.' })
  slug!: string;

  @Field(() => String, { description: 'What people call it.' })
  name!: string;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  /** Not for everybody: the resolver of `allowedNetworks` asks who is calling. */
  networks!: string[];
}

export const toTenantType = ({ id, slug, name, createdAt, allowedNetworks }: Tenant): TenantType =>
  instanceOf(TenantType, { id, slug, name, createdAt, networks: allowedNetworks });

@ObjectType('ApiKey', {
  description: 'A key that callers show. The key itself was told once, when it was made.',
})
export class ApiKeyType {
  @Field(() => ID, { description: 'Its id, for revoking it.' })
  id!: string;

  @Field(() => String, { description: 'What it is for.' })
  name!: string;

  @Field(() => String, { description: 'The first characters of the key, to recognise it by.' })
  prefix!: string;

  @Field(() => [String], { description: 'What it may do.' })
  scopes!: string[];

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was last used, to the minute; null: never.',
  })
  lastUsedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working; null: never.' })
  expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;
}

export const toApiKeyType = ({
  id,
  name,
  prefix,
  scopes,
  lastUsedAt,
  expiresAt,
  createdAt,
}: ApiKey): ApiKeyType =>
  instanceOf(ApiKeyType, { id, name, prefix, scopes, lastUsedAt, expiresAt, createdAt });

@ObjectType('Viewer', { description: 'Who is calling.' })
export class ViewerType {
  @Field(() => [String], { description: 'What the caller may do.' })
  scopes!: string[];

  @Field(() => Boolean, { description: 'True for a key that has every scope over every tenant.' })
  isOperator!: boolean;

  @Field(() => Boolean, { description: 'Whether this deployment has inspectors.' })
  hasInspectors!: boolean;
}
