import { isUtf8 } from 'node:buffer';
import {
  Arg,
  Args,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { decodeId } from '../../domain/ids';
import type { InspectedRequest, Inspector } from '../../domain/inspector';
import { reachOf, requireScope, type RequestContext } from '../context';
import { InspectorCreateInput, InspectorUpdateInput } from '../inputs/inspector-inputs';
import { makePayloadsOf } from '../live/payloads-of';
import { badUserInput } from '../request-errors';
import { mapStream } from '../stream';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { InspectedRequestConnection, InspectorConnection } from '../types/connections';
import {
  InspectedRequestType,
  InspectorType,
  toInspectedRequestType,
  toInspectorType,
} from '../types/inspector';
import { DeletePayload, InspectorPayload, answer } from '../types/payloads';
import { TenantType } from '../types/tenant';
import { tenantOf } from './edges';

@Resolver(() => InspectorType)
export class InspectorResolver {
  @Query(() => InspectorType, {
    nullable: true,
    description: 'One inspector; needs the scope endpoints:read.',
  })
  async inspector(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:read');
    const found = decodeId('inspector', id) ? await context.api.stores.inspectors.find(reach, id) : undefined;
    return found ? toInspectorType(found) : null;
  }

  @Query(() => InspectorConnection, {
    description: 'The inspectors that have not expired; needs the scope endpoints:read.',
    complexity: pageCost,
  })
  async inspectors(@Args(() => PageArguments) args: PageArguments, @Ctx() context: RequestContext) {
    const reach = reachOf(context, 'endpoints:read');
    const { inspectors } = context.api.stores;
    const page = await inspectors.list(reach, readPageArguments(args));
    return toConnection('inspector', page, toInspectorType, () => inspectors.count(reach));
  }

  @FieldResolver(() => TenantType, { description: 'Whose it is.' })
  tenant(@Root() { tenantId }: InspectorType, @Ctx() context: RequestContext): Promise<TenantType> {
    return tenantOf(context, tenantId);
  }

  @FieldResolver(() => String, {
    description: 'Where it takes requests of any method; paths and queries may follow.',
  })
  url(@Root() { token }: InspectorType, @Ctx() { api }: RequestContext): string {
    return api.stages.inspectorUrl(token);
  }

  @FieldResolver(() => InspectedRequestConnection, {
    description: 'What it has received; needs the scope deliveries:read.',
    complexity: pageCost,
  })
  async requests(
    @Root() { id }: InspectorType,
    @Args(() => PageArguments) args: PageArguments,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'deliveries:read');
    const { inspectedRequests } = context.api.stores;
    const page = await inspectedRequests.list(reach, id, readPageArguments(args));
    return toConnection('inspectedRequest', page, toInspectedRequestType, () =>
      inspectedRequests.count(reach, id),
    );
  }

  @Mutation(() => InspectorPayload, { description: 'Makes an inspector; needs the scope endpoints:write.' })
  async inspectorCreate(
    @Arg('input', () => InspectorCreateInput, { description: 'The inspector.' }) input: InspectorCreateInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'endpoints:write');
    return answer(context, context.api.inspectors.create(caller, input), inPayload);
  }

  @Mutation(() => InspectorPayload, {
    description: 'Changes what an inspector answers, or how long it lives; needs endpoints:write.',
  })
  async inspectorUpdate(
    @Arg('input', () => InspectorUpdateInput, { description: 'What changes.' }) input: InspectorUpdateInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.inspectors.update(reach, input), inPayload);
  }

  @Mutation(() => DeletePayload, {
    description: 'Ends an inspector with all that it has kept; needs the scope endpoints:write.',
  })
  async inspectorDelete(
    @Arg('id', () => ID, { description: 'The inspector.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.inspectors.remove(reach, id), ({ tenantId }) => ({
      deletedId: id,
      tenantId,
    }));
  }

  @Subscription(() => InspectedRequestType, {
    description: 'Each request that an inspector receives from now on. Needs the scope deliveries:read.',
    subscribe: ({ args, context }) =>
      watch((args as { inspectorId: string }).inspectorId, context as RequestContext),
  })
  inspectorReceived(
    @Arg('inspectorId', () => ID, { description: 'The inspector.' }) _inspectorId: string,
    @Root() request: InspectedRequestType,
  ): InspectedRequestType {
    return request;
  }
}

@Resolver(() => InspectedRequestType)
export class InspectedRequestResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'What was kept of its body, as text; null: it is not UTF-8. See bodyBase64.',
  })
  async body(@Root() { id }: InspectedRequestType, @Ctx() { loaders }: RequestContext) {
    const body = await loaders.inspectedBody.load(id);
    return isUtf8(body) ? body.toString('utf8') : null;
  }

  @FieldResolver(() => String, { description: 'What was kept of its body, byte for byte, in base64.' })
  async bodyBase64(@Root() { id }: InspectedRequestType, @Ctx() { loaders }: RequestContext) {
    return (await loaders.inspectedBody.load(id)).toString('base64');
  }
}

async function watch(
  inspectorId: string,
  context: RequestContext,
): Promise<AsyncIterable<InspectedRequestType[]>> {
  const reach = reachOf(context, 'deliveries:read');
  const { stages, stores } = context.api;
  const found = decodeId('inspector', inspectorId)
    ? await stores.inspectors.find(reach, inspectorId)
    : undefined;
  if (!found) throw badUserInput('There is no inspector with this id.');
  return mapStream((signal) => stages.watchInspector(inspectorId, signal), requestsOf);
}

const requestsOf = makePayloadsOf((request: InspectedRequest) => toInspectedRequestType(request));

const inPayload = (inspector: Inspector) => ({ inspector: toInspectorType(inspector) });
