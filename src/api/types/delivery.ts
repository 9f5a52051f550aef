import { Field, Int, ObjectType } from 'type-graphql';
import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import type { Delivery } from '../../domain/nouns';
import type { Attempt } from '../../domain/delivery/outcome';
import type { AttemptHead } from '../../domain/settings';
import { CursorScalar, DateTimeScalar, JsonScalar } from '../scalars';
import { DeliveryStatusEnum } from './enums';
import { NodeType, instanceOf } from './node';

@ObjectType('Delivery', {
  implements: NodeType,
  description: 'One event on its way to one subscription. Its id is the webhook-id of every request.',
})
export class DeliveryType extends NodeType {
  /** Not in the schema: what the edges start from. */
  eventId!: string;
  endpointId!: string;
  subscriptionId!: string;

  @Field(() => DeliveryStatusEnum, { description: 'Where it stands.' })
  status!: DeliveryStatus;

  @Field(() => String, { nullable: true, description: 'What it waits for while HELD; null otherwise.' })
  heldBecause!: string | null;

  @Field(() => Int, {
    description:
      'Requests made so far; one that may be under way when a retry by hand is asked for counts as made. One that was made twice, as after a lost connection, counts once and is in `attempts` twice.',
  })
  attemptCount!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the next request is due; null: none is, as when its endpoint was deleted.',
  })
  nextAttemptAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'How the last failed request ended, such as TIMEOUT or HTTP_500; or why Warren cancelled it, such as SUBSCRIPTION_DELETED.',
  })
  lastError!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the receiver took it; null: not yet.' })
  deliveredAt!: Date | null;
}

export function toDeliveryType(record: Delivery): DeliveryType {
  const { id, eventId, endpointId, subscriptionId, status, attemptCount, createdAt, updatedAt } = record;
  return instanceOf(DeliveryType, {
    id,
    eventId,
    endpointId,
    subscriptionId,
    status,
    attemptCount,
    createdAt,
    updatedAt,
    heldBecause: record.heldBecause ?? null,
    nextAttemptAt: record.nextAttemptAt ?? null,
    lastError: record.lastError ?? null,
    deliveredAt: record.deliveredAt ?? null,
  });
}

/** Bodies as text, or where to find them. */
export type AttemptBodySource =
  | { kind: 'on-record'; deliveryId: string }
  | { kind: 'given'; request: string | null; response: string | null };

@ObjectType('DeliveryAttempt', { description: 'One request and how it ended.' })
export class DeliveryAttemptType {
  /** Not in the schema: where the bodies come from when somebody asks for them. */
  bodies!: AttemptBodySource;

  @Field(() => Int, { description: 'From 1, over all runs.' })
  number!: number;

  @Field(() => DateTimeScalar, { description: 'When the request was made.' })
  at!: Date;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  durationMs!: number;

  @Field(() => Boolean, { description: 'True when the receiver answered with success.' })
  ok!: boolean;

  @Field(() => JsonScalar, { description: 'The request’s headers; what looks like a credential is masked.' })
  requestHeaders!: Record<string, string>;

  @Field(() => Int, { nullable: true, description: 'The answer’s HTTP status; null: no answer came.' })
  responseStatus!: number | null;

  @Field(() => JsonScalar, { nullable: true, description: 'The answer’s headers; null: no answer came.' })
  responseHeaders!: Record<string, string> | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why it failed, such as TIMEOUT or HTTP_500; null: it did not.',
  })
  error!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The same as a sentence for people; null: there is no more to say.',
  })
  errorDetail!: string | null;
}

export function toAttemptType(head: AttemptHead): DeliveryAttemptType {
  const { deliveryId, ...fields } = head;
  return instanceOf(DeliveryAttemptType, { bodies: { kind: 'on-record', deliveryId }, ...fields });
}

/** An attempt that is not on record: a test. */
export function toUnrecordedAttemptType(attempt: Attempt, requestBody: string): DeliveryAttemptType {
  const { number, at, durationMs, requestHeaders, response, error, errorDetail = null } = attempt;
  return instanceOf(DeliveryAttemptType, {
    number,
    at,
    durationMs,
    requestHeaders,
    ok: error === undefined,
    responseStatus: response?.status ?? null,
    responseHeaders: response?.headers ?? null,
    error: error ?? null,
    errorDetail,
    bodies: { kind: 'given', request: requestBody, response: response?.body.toString('utf8') ?? null },
  });
}

@ObjectType('DeliveryUpdate', { description: 'One change of a delivery’s status.' })
export class DeliveryUpdateType {
  /** Not in the schema: what the edges start from. */
  deliveryId!: string;
  attemptNumber!: number;

  @Field(() => DateTimeScalar, { description: 'When the status changed.' })
  at!: Date;

  @Field(() => CursorScalar, {
    description: 'Its place in the stream: give it as `after` to go on from here.',
  })
  cursor!: string;

  @Field(() => DeliveryStatusEnum, {
    description: 'The status that this change set; the delivery may be further by now.',
  })
  status!: DeliveryStatus;
}
