import { Field, Float, Int, ObjectType } from 'type-graphql';
import { LIMITS } from '../../domain/limits';
import type { EndpointStatus, PayloadFormat, SignatureScheme } from '../../domain/nouns';
import type { Endpoint, WebhookSubscription } from '../../domain/settings';
import { RULES } from '../inputs/subscription-inputs';
import { DateTimeScalar, JsonScalar } from '../scalars';
import { EndpointStatusEnum, PayloadFormatEnum, SignatureSchemeEnum } from './enums';
import { NodeType, instanceOf } from './node';

@ObjectType('Endpoint', { implements: NodeType, description: 'A URL of a tenant that deliveries go to.' })
export class EndpointType extends NodeType {
  /** Not in the schema: what the edges and the masked fields start from. */
  record!: Endpoint;

  @Field(() => String, { description: 'What people call it; the host of the URL unless given.' })
  name!: string;

  @Field(() => String, { description: 'Where requests go.' })
  url!: string;

  @Field(() => String, { description: 'Whatever people wish to note.' })
  description!: string;

  @Field(() => EndpointStatusEnum, { description: 'Whether it is sent to.' })
  status!: EndpointStatus;

  @Field(() => String, { nullable: true, description: 'Why it is DISABLED; null otherwise.' })
  disabledReason!: string | null;

  @Field(() => PayloadFormatEnum, { description: 'What the body of its requests looks like.' })
  payloadFormat!: PayloadFormat;

  @Field(() => Int, { description: 'How long one request may take, in milliseconds.' })
  timeoutMs!: number;

  @Field(() => Float, { nullable: true, description: 'Most requests a second; null: no limit.' })
  rateLimitPerSecond!: number | null;

  @Field(() => Int, { description: 'Most requests under way at once; 1000 when it has no limit of its own.' })
  maxInFlight!: number;

  @Field(() => Boolean, {
    description: 'One request at a time for each ordering key, in publish order, even through retries.',
  })
  ordered!: boolean;

  @Field(() => SignatureSchemeEnum, { description: 'How its requests are signed.' })
  signatureScheme!: SignatureScheme;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;
}

export function toEndpointType(record: Endpoint): EndpointType {
  const { id, name, url, description, status, disabledReason, payloadFormat, timeoutMs } = record;
  const { signatureScheme, createdAt, updatedAt } = record;
  return instanceOf(EndpointType, {
    record,
    id,
    name,
    url,
    description,
    status,
    disabledReason,
    payloadFormat,
    timeoutMs,
    rateLimitPerSecond: record.rateLimitPerSecond,
    maxInFlight: record.maxInFlight ?? LIMITS.maxInFlight.max,
    ordered: record.ordered,
    signatureScheme,
    createdAt,
    updatedAt,
  });
}

@ObjectType('WebhookSubscription', {
  implements: NodeType,
  description:
    'Which events an endpoint gets. An event that several subscriptions match is delivered for each.',
})
export class WebhookSubscriptionType extends NodeType {
  /** Not in the schema: what the edge starts from. */
  endpointId!: string;

  @Field(() => [String], { description: 'Exact event types, or AMQP topic patterns: order.*  order.#  #' })
  eventTypes!: readonly string[];

  @Field(() => Int, { nullable: true, description: RULES.version })
  version!: number | null;

  @Field(() => JsonScalar, { nullable: true, description: RULES.filter })
  filter!: object | null;

  @Field(() => String, { nullable: true, description: RULES.transform })
  transform!: string | null;

  @Field(() => [String], { nullable: true, description: RULES.includeFields })
  includeFields!: readonly string[] | null;

  @Field(() => Boolean, { description: 'False: it matches nothing for now.' })
  enabled!: boolean;

  @Field(() => DateTimeScalar, {
    description: 'When it was made; events before that are not delivered for it.',
  })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;
}

export function toSubscriptionType(record: WebhookSubscription): WebhookSubscriptionType {
  const { tenantId: _owner, ...shown } = record;
  return instanceOf(WebhookSubscriptionType, shown);
}
