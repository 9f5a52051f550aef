import { Field, ID, InputType, Int } from 'type-graphql';
import type { TunnelFailure } from '../../domain/tunnel';
import { JsonScalar } from '../scalars';
import { TunnelFailureEnum } from '../types/enums';

@InputType('TunnelOpenInput', { description: 'A tunnel to be made.' })
export class TunnelOpenInput {
  @Field(() => ID, { nullable: true, description: 'Whose; only an operator says so.' })
  tenantId?: string | null;

  @Field(() => String, { nullable: true, description: 'What people call it; “warren listen” unless given.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'whsec_…; made when none is given.' })
  secret?: string | null;

  @Field(() => [String], { description: 'Exact event types, or topic patterns: order.*  order.#  #' })
  eventTypes!: string[];
}

@InputType('TunnelAnswerInput', { description: 'What came of a request that a listener was given.' })
export class TunnelAnswerInput {
  @Field(() => ID, { description: 'The tunnel’s endpoint.' })
  endpointId!: string;

  @Field(() => ID, { description: 'The request, as tunnelRequest named it.' })
  requestId!: string;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  durationMs!: number;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the answer; or give `failure`.' })
  status?: number | null;

  @Field(() => JsonScalar, { nullable: true, description: 'The answer’s headers; at most 16 KiB.' })
  headers?: unknown;

  @Field(() => String, {
    nullable: true,
    description: 'The first 16 KiB of the answer’s body, in base64.',
  })
  bodyBase64?: string | null;

  @Field(() => TunnelFailureEnum, { nullable: true, description: 'Why there is no answer.' })
  failure?: TunnelFailure | null;
}
