import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { decodeId } from '../../domain/ids';
import { LIMITS } from '../../domain/limits';
import type { Scope } from '../../domain/scopes';
import type { Source } from '../../domain/source';
import { reachOf, reachOfAny, requireScope, type RequestContext } from '../context';
import { SourceCreateInput, SourceSecretRotateInput, SourceUpdateInput } from '../inputs/source-inputs';
import { DateTimeScalar } from '../scalars';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { SourceConnection } from '../types/connections';
import { DeletePayload, SourcePayload, answer } from '../types/payloads';
import { SourceType, toSourceType } from '../types/source';
import { TenantType } from '../types/tenant';
import { tenantOf } from './edges';

/** Whoever sees where deliveries go may see where events come from. */
export const MAY_SEE_SOURCES: readonly Scope[] = ['sources:write', 'endpoints:read'];

@Resolver(() => SourceType)
export class SourceResolver {
  @Query(() => SourceType, {
    nullable: true,
    description: 'One source; needs the scope sources:write or endpoints:read.',
  })
  async source(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: RequestContext) {
    const reach = reachOfAny(context, MAY_SEE_SOURCES);
    const found = decodeId('source', id) ? await context.api.stores.sources.find(reach, id) : undefined;
    return found ? toSourceType(found) : null;
  }

  @Query(() => [SourceType], {
    description:
      'The sources, newest first: all of a tenant’s, the newest 250 of everybody’s. Needs sources:write or endpoints:read.',
    complexity: ({ childComplexity }) => 1 + LIMITS.pageSize * childComplexity,
  })
  async sources(@Ctx() context: RequestContext): Promise<SourceType[]> {
    const reach = reachOfAny(context, MAY_SEE_SOURCES);
    const page = await context.api.stores.sources.list(reach, { limit: LIMITS.pageSize, fromEnd: false });
    return page.items.map(toSourceType);
  }

  @Query(() => SourceConnection, {
    description: 'The sources in pages; needs the scope sources:write or endpoints:read.',
    complexity: pageCost,
  })
  async sourcesConnection(@Args(() => PageArguments) args: PageArguments, @Ctx() context: RequestContext) {
    const reach = reachOfAny(context, MAY_SEE_SOURCES);
    const { sources } = context.api.stores;
    const page = await sources.list(reach, readPageArguments(args));
    return toConnection('source', page, toSourceType, () => sources.count(reach));
  }

  @FieldResolver(() => TenantType, { description: 'Whose it is.' })
  tenant(@Root() { tenantId }: SourceType, @Ctx() context: RequestContext): Promise<TenantType> {
    return tenantOf(context, tenantId);
  }

  @FieldResolver(() => String, { description: 'Where the provider sends to.' })
  url(@Root() { id }: SourceType, @Ctx() { api }: RequestContext): string {
    return api.stages.sourceUrl(id);
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when requests signed with secrets of before the newest are taken; null: none is.',
  })
  oldSecretsUntil(@Root() { id }: SourceType, @Ctx() { loaders }: RequestContext): Promise<Date | null> {
    return loaders.oldSourceSecretsUntil.load(id);
  }

  @Mutation(() => SourcePayload, {
    description: 'Makes a source with the secret that its provider signs with; needs sources:write.',
  })
  async sourceCreate(
    @Arg('input', () => SourceCreateInput, { description: 'The source.' }) input: SourceCreateInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'sources:write');
    return answer(context, context.api.sources.create(caller, input), inPayload);
  }

  @Mutation(() => SourcePayload, { description: 'Changes a source; needs the scope sources:write.' })
  async sourceUpdate(
    @Arg('input', () => SourceUpdateInput, { description: 'What changes.' }) input: SourceUpdateInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'sources:write');
    return answer(context, context.api.sources.update(reach, input), inPayload);
  }

  @Mutation(() => SourcePayload, {
    description:
      'A new secret of the provider’s; the old ones are good beside it for a while. Needs sources:write.',
  })
  async sourceSecretRotate(
    @Arg('input', () => SourceSecretRotateInput, { description: 'The secret.' })
    input: SourceSecretRotateInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'sources:write');
    return answer(context, context.api.sources.rotateSecret(reach, input), inPayload);
  }

  @Mutation(() => DeletePayload, {
    description: 'Ends a source and forgets its secrets; needs the scope sources:write.',
  })
  async sourceDelete(
    @Arg('id', () => ID, { description: 'The source.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'sources:write');
    return answer(context, context.api.sources.remove(reach, id), (deletedId) => ({ deletedId }));
  }
}

const inPayload = (source: Source) => ({ source: toSourceType(source) });
