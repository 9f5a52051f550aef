import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTimeScalar } from '../scalars';

@InputType('TenantCreateInput', { description: 'A tenant to be made.' })
export class TenantCreateInput {
  @Field(() => String, { description: 'Lower-case letters, digits and -, at most 50; unique.' })
  slug!: string;

  @Field(() => String, { description: 'What people call it; at most 200 characters.' })
  name!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'What it is granted: names that event types may ask for.',
  })
  scopes?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Private networks (CIDRs) that its URLs may reach besides those that the deployment has open; none unless given.',
  })
  allowedNetworks?: string[] | null;
}

@InputType('TenantUpdateInput', {
  description: 'What is left out stays as it is; null sets the default again.',
})
export class TenantUpdateInput {
  @Field(() => ID, { description: 'The tenant.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What people call it; the slug by default.' })
  name?: string | null;

  @Field(() => [String], { nullable: true, description: 'What it is granted; nothing by default.' })
  scopes?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Private networks (CIDRs) that its URLs may reach besides those that the deployment has open; none by default.',
  })
  allowedNetworks?: string[] | null;
}

@InputType('ApiKeyCreateInput', { description: 'A key to be made.' })
export class ApiKeyCreateInput {
  @Field(() => ID, {
    nullable: true,
    description:
      'Whose key; the caller’s own tenant unless given. From an operator, left out: a key over all tenants.',
  })
  tenantId?: string | null;

  @Field(() => String, { description: 'What it is for; at most 200 characters.' })
  name!: string;

  @Field(() => [String], { description: 'What it may do: only what the caller’s own key may.' })
  scopes!: string[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops working; never unless given.' })
  expiresAt?: Date | null;
}

@InputType('PortalSessionCreateInput', { description: 'A session of the portal to be opened.' })
export class PortalSessionCreateInput {
  @Field(() => ID, { description: 'Whose portal.' })
  tenantId!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 3600,
    description: 'How long it lasts: 60 to 86400.',
  })
  expiresInSeconds?: number | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'What it may do, only what the caller may; unless given, reading, and changing endpoints and deliveries.',
  })
  scopes?: string[] | null;
}
