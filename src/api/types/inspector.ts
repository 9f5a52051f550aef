import { Field, ID, Int, ObjectType } from 'type-graphql';
import { timeOfText } from '../../domain/ids';
import type { InspectedRequest, Inspector, InspectorAnswer, SignatureCheck } from '../../domain/inspector';
import { DateTimeScalar, JsonScalar } from '../scalars';
import { SignatureCheckEnum } from './enums';
import { NodeType, instanceOf } from './node';

@ObjectType('InspectorAnswer', { description: 'What an inspector answers.' })
export class InspectorAnswerType {
  @Field(() => Int, { description: 'The HTTP status.' })
  status!: number;

  @Field(() => Int, { description: 'How long it waits before it answers, in milliseconds.' })
  delayMs!: number;

  @Field(() => String, { description: 'The body, sent as plain text.' })
  body!: string;

  @Field(() => Int, { description: 'How many more requests are answered with 500 first.' })
  failuresLeft!: number;
}

@ObjectType('Inspector', {
  implements: NodeType,
  description:
    'A throw-away receiver on this deployment’s own address: it keeps the newest 100 requests for people to look at, ' +
    'and answers as it was told.',
})
export class InspectorType extends NodeType {
  /** Not in the schema: what the edges start from. */
  tenantId!: string;
  token!: string;

  @Field(() => String, { description: 'What people call it.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether it was given a secret. It is never told again.' })
  hasSecret!: boolean;

  @Field(() => InspectorAnswerType, { description: 'What it answers.' })
  answer!: InspectorAnswer;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it ends, with all that it has kept.' })
  expiresAt!: Date;
}

export const toInspectorType = (inspector: Inspector): InspectorType =>
  instanceOf(InspectorType, {
    ...inspector,
    answer: instanceOf(InspectorAnswerType, inspector.answer),
  });

@ObjectType('InspectedRequest', { description: 'One request that an inspector has received.' })
export class InspectedRequestType {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => DateTimeScalar, { description: 'When it came.' })
  at!: Date;

  @Field(() => String, { description: 'The HTTP method.' })
  method!: string;

  @Field(() => String, { description: 'What followed the inspector’s address, with the query.' })
  path!: string;

  @Field(() => JsonScalar, {
    description: 'Its headers, names in lower case; what looks like a credential is masked.',
  })
  headers!: Record<string, string>;

  @Field(() => Int, { description: 'The length of its body. The first 64 KiB are kept.' })
  bodyBytes!: number;

  @Field(() => SignatureCheckEnum, { description: 'What its signature is worth.' })
  signature!: SignatureCheck;

  @Field(() => Int, { description: 'The HTTP status that it was answered with.' })
  answeredStatus!: number;
}

export function toInspectedRequestType(request: InspectedRequest): InspectedRequestType {
  const { id, method, path, headers, bodyBytes, signature, answeredStatus } = request;
  const at = new Date(timeOfText('inspectedRequest', id));
  return instanceOf(InspectedRequestType, {
    id,
    at,
    method,
    path,
    headers,
    bodyBytes,
    signature,
    answeredStatus,
  });
}
