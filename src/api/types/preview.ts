import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import type { Outcome, UserError } from '../../domain/errors';
import type { Preview } from '../../manage/previews/preview-subscription';
import { WebhookSubscriptionInput } from '../inputs/subscription-inputs';
import { JsonScalar } from '../scalars';
import { EventType, toEventType } from './event';
import { instanceOf } from './node';
import { UserErrorType } from './payloads';

@ArgsType()
export class PreviewArguments {
  @Field(() => WebhookSubscriptionInput, { description: 'The subscription as it would be.' })
  input!: WebhookSubscriptionInput;

  @Field(() => ID, { nullable: true, description: 'This event alone, whatever its type.' })
  eventId?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'An event that never was: {type, data, version?, timestamp?}.',
  })
  sample?: unknown;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 20,
    description: 'How many of the newest events of the types, from 1 to 100.',
  })
  last!: number;
}

@ObjectType('PreviewRequest', { description: 'One event, and what would be sent of it.' })
export class PreviewRequestType {
  @Field(() => EventType, { nullable: true, description: 'The event; null of a sample.' })
  event!: EventType | null;

  @Field(() => Boolean, { description: 'True when the subscription would get it.' })
  matched!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why it does not match, or why nothing can be sent though it does.',
  })
  reason!: string | null;

  @Field(() => JsonScalar, {
    description:
      'The first attempt’s headers, signature included; what looks like a credential is masked without endpoints:secret. Empty when nothing would be sent.',
  })
  headers!: Record<string, string>;

  @Field(() => String, { description: 'The body, byte for byte; empty when nothing would be sent.' })
  body!: string;
}

@ObjectType('SubscriptionPreview', { description: 'What a subscription would get.' })
export class SubscriptionPreviewType {
  @Field(() => Int, { description: 'How many of the examined events it would get.' })
  matched!: number;

  @Field(() => Int, { description: 'How many events were looked at.' })
  examined!: number;

  @Field(() => [PreviewRequestType], { description: 'Each event that was looked at, newest first.' })
  requests!: PreviewRequestType[];

  @Field(() => [UserErrorType], { description: 'What the caller can mend; nothing was looked at then.' })
  userErrors!: UserError[];
}

export function toPreviewType(
  outcome: Outcome<Preview>,
  shown: (headers: Record<string, string>) => Record<string, string>,
): SubscriptionPreviewType {
  if (!outcome.ok) return instanceOf(SubscriptionPreviewType, { ...NOTHING, userErrors: outcome.userErrors });
  const requests = outcome.value.requests.map(({ event, headers, ...rest }) =>
    instanceOf(PreviewRequestType, {
      ...rest,
      event: event && toEventType(event),
      headers: shown(headers),
    }),
  );

  return instanceOf(SubscriptionPreviewType, { ...outcome.value, requests, userErrors: [] });
}

const NOTHING = { matched: 0, examined: 0, requests: [] };
