import { Field, Float, ID, InputType, Int } from 'type-graphql';
import type { PayloadFormat, SignatureScheme } from '../../domain/nouns';
import { DateTimeScalar, JsonScalar } from '../scalars';
import { PayloadFormatEnum, SignatureSchemeEnum } from '../types/enums';

const TEXT = {
  name: 'What people call it; the host of the URL by default.',
  description: 'Whatever people wish to note; at most 2000 characters.',
  headers: 'Request headers of its own: an object of name and text.',
  credentials:
    'What the URL’s destination asks for besides: an object with a `type`, such as basic, bearer or oauth2. Kept sealed, never shown. A URL on another host needs them again.',
  format: 'What the body of its requests looks like.',
  timeout: 'How long one request may take, in milliseconds: 500 to 30000.',
  rate: 'Most requests a second, over all workers and evenly spread: 0.01 to 10000. No limit by default.',
  maxInFlight:
    'Most requests under way at once, over all workers: 1 to 1000. By default no limit of its own, and 400 in each process.',
  ordered: 'One request at a time for each ordering key, in publish order, even through retries.',
  schedule:
    'Seconds before each retry; every value is a rung of the ladder. The deployment’s own by default.',
  secret: 'whsec_ or whsk_, as the signature scheme asks; made when none is given.',
  id: 'The endpoint.',
} as const;

@InputType('EndpointCreateInput', { description: 'An endpoint to be made.' })
export class EndpointCreateInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Whose endpoint: operators say so, for others it is their own tenant.',
  })
  tenantId?: string | null;

  @Field(() => String, { description: 'Where requests go.' })
  url!: string;

  @Field(() => String, { nullable: true, description: TEXT.name })
  name?: string | null;

  @Field(() => String, { nullable: true, description: TEXT.description })
  description?: string | null;

  @Field(() => JsonScalar, { nullable: true, description: TEXT.headers })
  headers?: unknown;

  @Field(() => JsonScalar, { nullable: true, description: TEXT.credentials })
  credentials?: unknown;

  @Field(() => String, { nullable: true, description: TEXT.secret })
  secret?: string | null;

  @Field(() => SignatureSchemeEnum, {
    nullable: true,
    defaultValue: 'HMAC_SHA256',
    description: 'How requests are signed; it stays as it is.',
  })
  signatureScheme?: SignatureScheme | null;

  @Field(() => PayloadFormatEnum, { nullable: true, defaultValue: 'STANDARD', description: TEXT.format })
  payloadFormat?: PayloadFormat | null;

  @Field(() => Int, { nullable: true, defaultValue: 15_000, description: TEXT.timeout })
  timeoutMs?: number | null;

  @Field(() => Float, { nullable: true, description: TEXT.rate })
  rateLimitPerSecond?: number | null;

  @Field(() => Int, { nullable: true, description: TEXT.maxInFlight })
  maxInFlight?: number | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: TEXT.ordered })
  ordered?: boolean | null;

  @Field(() => [Int], { nullable: true, description: TEXT.schedule })
  retrySchedule?: number[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Also makes one subscription to these types or patterns.',
  })
  eventTypes?: string[] | null;
}

@InputType('EndpointUpdateInput', {
  description: 'What is left out stays as it is; null sets the default again.',
})
export class EndpointUpdateInput {
  @Field(() => ID, { description: TEXT.id })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Where requests go; cannot be null.' })
  url?: string | null;

  @Field(() => String, { nullable: true, description: TEXT.name })
  name?: string | null;

  @Field(() => String, { nullable: true, description: TEXT.description })
  description?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: `${TEXT.headers} They replace all that are there.`,
  })
  headers?: unknown;

  @Field(() => JsonScalar, { nullable: true, description: TEXT.credentials })
  credentials?: unknown;

  @Field(() => PayloadFormatEnum, { nullable: true, description: TEXT.format })
  payloadFormat?: PayloadFormat | null;

  @Field(() => Int, { nullable: true, description: TEXT.timeout })
  timeoutMs?: number | null;

  @Field(() => Float, { nullable: true, description: TEXT.rate })
  rateLimitPerSecond?: number | null;

  @Field(() => Int, { nullable: true, description: TEXT.maxInFlight })
  maxInFlight?: number | null;

  @Field(() => Boolean, { nullable: true, description: TEXT.ordered })
  ordered?: boolean | null;

  @Field(() => [Int], { nullable: true, description: TEXT.schedule })
  retrySchedule?: number[] | null;
}

@InputType('EndpointSecretRotateInput', { description: 'A new secret for an endpoint.' })
export class EndpointSecretRotateInput {
  @Field(() => ID, { description: TEXT.id })
  id!: string;

  @Field(() => String, { nullable: true, description: TEXT.secret })
  secret?: string | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 86_400,
    description: 'How long the old secrets go on signing beside it; at most a week.',
  })
  overlapSeconds?: number | null;
}

@InputType('EndpointTestInput', { description: 'A test request.' })
export class EndpointTestInput {
  @Field(() => ID, { description: TEXT.id })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The event type; warren.test unless given.' })
  eventType?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'The event’s data; a short greeting unless given.',
  })
  data?: unknown;
}

@InputType('EndpointResumeInput', {
  description:
    'An endpoint that shall be sent to again. What is dropped becomes CANCELLED; all that is held is delivered unless told.',
})
export class EndpointResumeInput {
  @Field(() => ID, { description: TEXT.id })
  id!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Drops what is held of events that were received before.',
  })
  dropOlderThan?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Of what is held with the same ordering key, delivers the newest alone.',
  })
  newestPerOrderingKey?: boolean | null;
}
