import { Field, ObjectType } from 'type-graphql';

@ObjectType('RoutingVerdict', {
  description: 'Why an endpoint did or did not get an event, by the settings that routed it.',
})
export class RoutingVerdictType {
  /** Not in the schema: what the edges start from. */
  endpointId!: string;
  subscriptionId!: string | null;

  @Field(() => Boolean, { description: 'True: there is a delivery for it.' })
  matched!: boolean;

  @Field(() => String, {
    description: 'The exact reason in words, such as `filter: data.total must be > 100, was 40`.',
  })
  reason!: string;
}
