import { Field, Int, ObjectType } from 'type-graphql';
import type { CircuitState, EndpointHealth } from '../../domain/delivery/gate-records';
import { DateTimeScalar } from '../scalars';
import { CircuitStateEnum } from './enums';
import { instanceOf } from './node';

@ObjectType('EndpointHealth', { description: 'How an endpoint fares, and what waits for it.' })
export class EndpointHealthType {
  @Field(() => CircuitStateEnum, { description: 'Whether it is sent to, after failures in a row.' })
  circuit!: CircuitState;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the circuit opened; null: it is closed.',
  })
  circuitOpenedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When one delivery is sent to see whether it has recovered; null: the circuit is closed.',
  })
  nextProbeAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The receiver asked to be left alone until then; null: it did not, or that has passed.',
  })
  retryAfterUntil!: Date | null;

  @Field(() => Int, {
    description: 'Deliveries that wait for it; what is scheduled for later is not counted.',
  })
  heldCount!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Since when the first of them has waited; null: none waits.',
  })
  oldestHeldAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'Nothing but failures since then, once that has lasted some minutes. After 5 days it is DISABLED.',
  })
  failingSince!: Date | null;
}

export const toEndpointHealthType = (health: EndpointHealth): EndpointHealthType =>
  instanceOf(EndpointHealthType, { ...health });
