import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import { decodeId } from '../../domain/ids';
import type { Endpoint } from '../../domain/settings';
import type { RequestContext } from '../context';
import { makePayloadsOf } from '../live/payloads-of';
import { tenantToWatch } from '../live/tenant-to-watch';
import { mapStream } from '../stream';
import { EndpointType, toEndpointType } from '../types/endpoint';

@Resolver()
export class EndpointUpdateResolver {
  @Subscription(() => EndpointType, {
    description:
      'Each endpoint of the tenant when it is made or changed, as it is then. Of one endpoint, it completes when that is ' +
      'deleted, or was never there. Needs the scope endpoints:read.',
    subscribe: ({ args, context }) =>
      watch((args as { endpointId?: string | null }).endpointId ?? undefined, context as RequestContext),
  })
  endpointUpdated(
    @Arg('endpointId', () => ID, { nullable: true, description: 'Which; all unless given.' })
    _endpointId: string | null | undefined,
    @Root() endpoint: EndpointType,
  ): EndpointType {
    return endpoint;
  }
}

function watch(endpointId: string | undefined, context: RequestContext): AsyncIterable<EndpointType[]> {
  const tenantId = tenantToWatch(context, 'endpoints:read');
  if (endpointId !== undefined && !decodeId('endpoint', endpointId)) return nothing();
  const which = endpointId === undefined ? {} : { endpointId };
  return mapStream(
    (signal) => context.api.stages.watchEndpoints({ tenantId, signal, ...which }),
    endpointsOf,
  );
}

const endpointsOf = makePayloadsOf((endpoint: Endpoint) => toEndpointType(endpoint));

/** What is no id is as good as one that does not exist. */
const nothing = (): AsyncIterable<never> => {
  const ended: AsyncIterator<never> = { next: () => Promise.resolve({ done: true, value: undefined }) };
  return { [Symbol.asyncIterator]: () => ended };
};
