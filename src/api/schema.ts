import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync, getMetadataStorage, type PubSub } from 'type-graphql';
import { recordMutations } from './audit/record-mutations';
import { AuditResolver } from './resolvers/audit-resolver';
import { DeliveryAttemptResolver, DeliveryResolver } from './resolvers/delivery-resolver';
import { DeliveryStatsResolver } from './resolvers/stats-resolver';
import { DeliveryUpdateResolver } from './resolvers/delivery-updates';
import { EndpointResolver } from './resolvers/endpoint-resolver';
import { EndpointUpdateResolver } from './resolvers/endpoint-updates';
import { EventResolver } from './resolvers/event-resolver';
import { CatalogVersionResolver, EventTypeResolver } from './resolvers/event-type-resolver';
import { EventUpdateResolver } from './resolvers/event-updates';
import { EventRoutingResolver, RoutingVerdictResolver } from './resolvers/routing-resolver';
import { InspectedRequestResolver, InspectorResolver } from './resolvers/inspector-resolver';
import { NodeResolver } from './resolvers/node-resolver';
import { ReplayResolver } from './resolvers/replay-resolver';
import { SourceResolver } from './resolvers/source-resolver';
import { UserErrorResolver } from './resolvers/user-error-resolver';
import { TunnelResolver } from './resolvers/tunnel-resolver';
import { WebhookSubscriptionResolver } from './resolvers/subscription-resolver';
import { PortalResolver } from './resolvers/portal-resolver';
import { TenantResolver, ViewerResolver } from './resolvers/tenant-resolver';

/** The public schema. schema.graphql at the root is printed from it. */
export function makeSchema(): GraphQLSchema {
  // A field that is a property is read as graphql itself reads one: there is nothing in between to run.
  for (const type of getMetadataStorage().objectTypes) type.simpleResolvers = true;
  const schema = buildSchemaSync({
    resolvers: [
      NodeResolver,
      ViewerResolver,
      TenantResolver,
      PortalResolver,
      AuditResolver,
      EndpointResolver,
      WebhookSubscriptionResolver,
      EventTypeResolver,
      CatalogVersionResolver,
      EventResolver,
      EventRoutingResolver,
      RoutingVerdictResolver,
      DeliveryResolver,
      DeliveryAttemptResolver,
      DeliveryUpdateResolver,
      ReplayResolver,
      SourceResolver,
      InspectorResolver,
      InspectedRequestResolver,
      TunnelResolver,
      DeliveryStatsResolver,
      EventUpdateResolver,
      EndpointUpdateResolver,
      UserErrorResolver,
    ],
    // Inputs are checked by the use cases, which say what is allowed in userErrors.
    validate: false,
    // Only what can be reached: bases that several types share are no types of the schema.
    orphanedTypes: [],
    pubSub: NO_TOPICS,
  });
  return recordMutations(schema);
}

/** type-graphql asks for one; every subscription here brings a stream of its own. */
const NO_TOPICS: PubSub = {
  publish: () => undefined,
  subscribe() {
    throw new Error('no subscription of this schema is by topic');
  },
};
