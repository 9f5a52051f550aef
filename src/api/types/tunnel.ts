import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { TunnelRequest } from '../../domain/tunnel';
import { JsonScalar } from '../scalars';
import { instanceOf } from './node';

@ObjectType('TunnelRequest', { description: 'A webhook request for a listener, to be made as it is.' })
export class TunnelRequestType {
  @Field(() => ID, { description: 'For tunnelAnswer.' })
  id!: string;

  @Field(() => JsonScalar, { description: 'The headers that it has, names in lower case.' })
  headers!: Record<string, string>;

  @Field(() => String, { description: 'The exact body that was signed, in base64.' })
  bodyBase64!: string;

  @Field(() => Int, { description: 'How long the answer is waited for, in milliseconds.' })
  timeoutMs!: number;
}

export const toTunnelRequestType = ({ id, headers, body, timeoutMs }: TunnelRequest): TunnelRequestType =>
  instanceOf(TunnelRequestType, { id, headers, bodyBase64: body.toString('base64'), timeoutMs });
