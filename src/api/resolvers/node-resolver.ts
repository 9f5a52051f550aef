import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { kindOfId } from '../../domain/ids';
import { LIMITS } from '../../domain/limits';
import { catalogReach } from '../catalog-reach';
import { reachOf, reachOfAny, reachOfTenants, requireCaller, type RequestContext } from '../context';
import { badUserInput } from '../request-errors';
import { toDeliveryType } from '../types/delivery';
import { toEndpointType, toSubscriptionType } from '../types/endpoint';
import { toEventType } from '../types/event';
import { toCatalogEntryType } from '../types/event-type';
import { NodeType } from '../types/node';
import { toInspectorType } from '../types/inspector';
import { toReplayType } from '../types/replay';
import { toSourceType } from '../types/source';
import { toTenantType } from '../types/tenant';
import { MAY_SEE_SOURCES } from './source-resolver';

@Resolver()
export class NodeResolver {
  @Query(() => NodeType, {
    nullable: true,
    description: 'Whatever has this id; null: nothing that the caller reaches.',
  })
  node(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: RequestContext) {
    requireCaller(context);
    return findNode(context, id);
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description: 'Whatever has these ids, in their order; at most 250.',
    complexity: ({ args, childComplexity }) => 1 + (args.ids as unknown[]).length * childComplexity,
  })
  nodes(@Arg('ids', () => [ID], { description: 'The ids.' }) ids: string[], @Ctx() context: RequestContext) {
    requireCaller(context);
    if (ids.length > LIMITS.pageSize) throw badUserInput(`At most ${LIMITS.pageSize} ids at once.`);
    return Promise.all(ids.map((id) => findNode(context, id)));
  }
}

/** Through the loaders, so that many ids cost one statement for each type. Throws FORBIDDEN as the type's own query does. */
async function findNode(context: RequestContext, id: string): Promise<NodeType | null> {
  const { loaders } = context;
  switch (kindOfId(id)) {
    case 'tenant':
      reachOfTenants(context);
      return shown(await loaders.tenant.load(id), toTenantType);
    case 'endpoint':
      reachOf(context, 'endpoints:read');
      return shown(await loaders.endpoint.load(id), toEndpointType);
    case 'subscription':
      reachOf(context, 'endpoints:read');
      return shown(await loaders.subscription.load(id), toSubscriptionType);
    case 'eventType':
      catalogReach(context);
      return shown(await loaders.eventType.load(id), toCatalogEntryType);
    case 'event':
      reachOf(context, 'events:read');
      return shown(await loaders.event.load(id), toEventType);
    case 'delivery':
      reachOf(context, 'deliveries:read');
      return shown(await loaders.delivery.load(id), toDeliveryType);
    case 'replay':
      reachOf(context, 'deliveries:read');
      return shown(await loaders.replay.load(id), toReplayType);
    case 'source':
      reachOfAny(context, MAY_SEE_SOURCES);
      return shown(await loaders.source.load(id), toSourceType);
    case 'inspector':
      reachOf(context, 'endpoints:read');
      return shown(await loaders.inspector.load(id), toInspectorType);
    default:
      return null;
  }
}

function shown<T extends object>(found: T | undefined, toNode: (record: T) => NodeType): NodeType | null {
  if (!found || ('deletedAt' in found && found.deletedAt !== null)) return null;
  return toNode(found);
}
