import { Arg, Ctx, ID, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import type { TunnelRequest } from '../../domain/tunnel';
import { reachOf, requireScope, type RequestContext } from '../context';
import { TunnelAnswerInput, TunnelOpenInput } from '../inputs/tunnel-inputs';
import { makePayloadsOf } from '../live/payloads-of';
import { badUserInput } from '../request-errors';
import { mapStream } from '../stream';
import { toEndpointType } from '../types/endpoint';
import { EndpointPayload, TunnelAnswerPayload, answer } from '../types/payloads';
import { TunnelRequestType, toTunnelRequestType } from '../types/tunnel';

@Resolver()
export class TunnelResolver {
  @Mutation(() => EndpointPayload, {
    description:
      'Makes an endpoint without an address, whose requests go to who watches tunnelRequest. Needs endpoints:write.',
  })
  async tunnelOpen(
    @Arg('input', () => TunnelOpenInput, { description: 'The tunnel.' }) input: TunnelOpenInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'endpoints:write');
    return answer(context, context.api.tunnels.open(caller, input), (endpoint) => ({
      endpoint: toEndpointType(endpoint),
    }));
  }

  @Mutation(() => TunnelAnswerPayload, {
    description: 'Tells what came of a request, which is recorded as its attempt. Needs endpoints:write.',
  })
  async tunnelAnswer(
    @Arg('input', () => TunnelAnswerInput, { description: 'The answer.' }) input: TunnelAnswerInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.tunnels.answer(reach, input), () => ({}));
  }

  @Subscription(() => TunnelRequestType, {
    description:
      'Each request for a tunnel, to be made and answered by tunnelAnswer. While nobody watches, its deliveries are held. ' +
      'Another who watches takes the place of this one. Needs the scope endpoints:write.',
    subscribe: ({ args, context }) =>
      listen((args as { endpointId: string }).endpointId, context as RequestContext),
  })
  tunnelRequest(
    @Arg('endpointId', () => ID, { description: 'The endpoint that tunnelOpen made.' }) _endpointId: string,
    @Root() request: TunnelRequestType,
  ): TunnelRequestType {
    return request;
  }
}

async function listen(
  endpointId: string,
  context: RequestContext,
): Promise<AsyncIterable<TunnelRequestType[]>> {
  const reach = reachOf(context, 'endpoints:write');
  const { stages, tunnels } = context.api;
  const tunnel = await tunnels.find(reach, endpointId);
  if (!tunnel) throw badUserInput('There is no tunnel with this id.');
  return mapStream(
    (signal) => stages.listenToTunnel(tunnel, signal),
    (requests) => {
      if (requests !== 'replaced') return requestsOf(requests);
      throw badUserInput('Somebody else listens to this tunnel now.');
    },
  );
}

const requestsOf = makePayloadsOf((request: TunnelRequest) => toTunnelRequestType(request));
