import { Field, ID, ObjectType } from 'type-graphql';
import type { Outcome, UserError } from '../../domain/errors';
import { renewLoaders, type RequestContext } from '../context';
import { DateTimeScalar } from '../scalars';
import { DeliveryAttemptType, DeliveryType } from './delivery';
import { EndpointType, WebhookSubscriptionType } from './endpoint';
import { CatalogEntryType } from './event-type';
import { InspectorType } from './inspector';
import { ReplayType } from './replay';
import { SourceType } from './source';
import { ApiKeyType, TenantType } from './tenant';

@ObjectType('UserError', { description: 'Something that the caller can mend. Nothing was written.' })
export class UserErrorType implements UserError {
  @Field(() => [String], {
    nullable: true,
    description: 'Path into the input; null: it is about no single field.',
  })
  field!: string[] | null;

  @Field(() => String, {
    description: 'INVALID, REQUIRED, NOT_FOUND, TAKEN, TOO_LONG, BLOCKED_ADDRESS, CONFLICT or LIMIT.',
  })
  code!: UserError['code'];

  @Field(() => String, { description: 'One sentence that says what is allowed.' })
  message!: string;
}

@ObjectType()
abstract class Payload {
  @Field(() => [UserErrorType], { description: 'What the caller can mend; empty: it is done.' })
  userErrors!: UserError[];
}

/** The answer to a mutation: what it made, or why it did nothing. What was read before the write is forgotten. */
export async function answer<T, F extends object>(
  context: RequestContext,
  pending: Promise<Outcome<T>>,
  toFields: (value: T) => F,
): Promise<Partial<F> & { userErrors: UserError[] }> {
  const outcome = await pending;
  renewLoaders(context);
  if (!outcome.ok) return { userErrors: outcome.userErrors } as Partial<F> & { userErrors: UserError[] };
  return { ...toFields(outcome.value), userErrors: [] };
}

@ObjectType('TenantPayload', { description: 'The answer to a change of a tenant.' })
export class TenantPayload extends Payload {
  @Field(() => TenantType, { nullable: true, description: 'As it is now; null: see userErrors.' })
  tenant?: TenantType | null;
}

@ObjectType('ApiKeyCreatePayload', { description: 'The answer to the making of a key.' })
export class ApiKeyCreatePayload extends Payload {
  @Field(() => ApiKeyType, {
    nullable: true,
    description: 'The new key’s description; null: see userErrors.',
  })
  apiKey?: ApiKeyType | null;

  @Field(() => String, { nullable: true, description: 'The key itself. It is told here and never again.' })
  plainKey?: string | null;
}

@ObjectType('PortalSessionPayload', { description: 'The answer to the opening of a portal session.' })
export class PortalSessionPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description:
      'A JWT to call with instead of an API key. It is told here and never again; null: see userErrors.',
  })
  token?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The portal’s page with the token after the #; null: see userErrors.',
  })
  url?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ends; null: see userErrors.' })
  expiresAt?: Date | null;
}

@ObjectType('EndpointPayload', { description: 'The answer to a change of an endpoint.' })
export class EndpointPayload extends Payload {
  @Field(() => EndpointType, { nullable: true, description: 'As it is now; null: see userErrors.' })
  endpoint?: EndpointType | null;
}

@ObjectType('EndpointTestPayload', { description: 'The answer to a test of an endpoint.' })
export class EndpointTestPayload extends Payload {
  @Field(() => DeliveryAttemptType, {
    nullable: true,
    description: 'How the request ended; null: see userErrors.',
  })
  attempt?: DeliveryAttemptType | null;
}

@ObjectType('WebhookSubscriptionPayload', {
  description: 'The answer to a change of a webhook subscription.',
})
export class WebhookSubscriptionPayload extends Payload {
  @Field(() => WebhookSubscriptionType, {
    nullable: true,
    description: 'As it is now; null: see userErrors.',
  })
  webhookSubscription?: WebhookSubscriptionType | null;

  @Field(() => ReplayType, {
    nullable: true,
    description: 'What delivers the past, when backfillSince asked for it; null: nothing did.',
  })
  replay?: ReplayType | null;
}

@ObjectType('ReplayPayload', { description: 'The answer to a change of a replay.' })
export class ReplayPayload extends Payload {
  @Field(() => ReplayType, { nullable: true, description: 'As it is now; null: see userErrors.' })
  replay?: ReplayType | null;
}

@ObjectType('EventTypePayload', { description: 'The answer to a change of an event type.' })
export class EventTypePayload extends Payload {
  @Field(() => CatalogEntryType, { nullable: true, description: 'As it is now; null: see userErrors.' })
  eventType?: CatalogEntryType | null;

  @Field(() => [String], {
    description:
      'What subscribers or publishers may break on, each beginning with a code such as FIELD_REMOVED. It was saved.',
  })
  warnings!: string[];
}

@ObjectType('EventPublishPayload', { description: 'The answer to the publishing of an event.' })
export class EventPublishPayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The event’s id; null: see userErrors.' })
  eventId?: string | null;

  @Field(() => Boolean, {
    description: 'True when an earlier event had the same idempotency key: the id is that one’s.',
  })
  duplicate!: boolean;
}

@ObjectType('EventsPublishPayload', { description: 'The answer to the publishing of many events.' })
export class EventsPublishPayload extends Payload {
  @Field(() => [ID], { description: 'Their ids in the order given; empty when nothing was published.' })
  eventIds!: string[];
}

@ObjectType('DeliveryPayload', { description: 'The answer to a change of a delivery.' })
export class DeliveryPayload extends Payload {
  @Field(() => DeliveryType, { nullable: true, description: 'As it is now; null: see userErrors.' })
  delivery?: DeliveryType | null;
}

@ObjectType('SourcePayload', { description: 'The answer to a change of a source.' })
export class SourcePayload extends Payload {
  @Field(() => SourceType, { nullable: true, description: 'As it is now; null: see userErrors.' })
  source?: SourceType | null;
}

@ObjectType('TunnelAnswerPayload', { description: 'The answer to what came of a request.' })
export class TunnelAnswerPayload extends Payload {}

@ObjectType('InspectorPayload', { description: 'The answer to a change of an inspector.' })
export class InspectorPayload extends Payload {
  @Field(() => InspectorType, { nullable: true, description: 'As it is now; null: see userErrors.' })
  inspector?: InspectorType | null;
}

@ObjectType('DeletePayload', { description: 'The answer to a deletion.' })
export class DeletePayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'What is gone; null: see userErrors.' })
  deletedId?: string | null;
  /** Whose it was, for the audit log: of what leaves no row behind. */
  tenantId?: string;
}
