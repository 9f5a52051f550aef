import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { decodeId } from '../../domain/ids';
import { instanceOf } from '../types/node';
import { ApiKeyCreateInput, TenantCreateInput, TenantUpdateInput } from '../inputs/tenant-inputs';
import {
  reachAsOperator,
  reachOf,
  reachOfTenants,
  requireCaller,
  requireScope,
  type RequestContext,
} from '../context';
import { badUserInput } from '../request-errors';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { TenantConnection } from '../types/connections';
import { ApiKeyCreatePayload, DeletePayload, TenantPayload, answer } from '../types/payloads';
import { ApiKeyType, TenantType, ViewerType, toApiKeyType, toTenantType } from '../types/tenant';

const KEYS_COST = 5;

@Resolver(() => TenantType)
export class TenantResolver {
  @Query(() => TenantType, {
    nullable: true,
    description: 'One tenant by id or slug; null: none that the caller reaches.',
  })
  async tenant(
    @Arg('id', () => ID, { nullable: true, description: 'Its id; or give the slug.' })
    id: string | null | undefined,
    @Arg('slug', () => String, { nullable: true, description: 'Its slug; or give the id.' })
    slug: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<TenantType | null> {
    const reach = reachOfTenants(context);
    if ((id ?? slug) === undefined || (id ?? slug) === null || (id && slug))
      throw badUserInput('Give `id` or `slug`.');
    const isId = decodeId('tenant', id ?? slug ?? '') !== undefined;
    if (isId !== Boolean(id)) return null;
    const tenant = await context.api.stores.tenants.find(reach, id ?? slug ?? '');
    return tenant ? toTenantType(tenant) : null;
  }

  @Query(() => TenantConnection, {
    description: 'The tenants that the caller reaches.',
    complexity: pageCost,
  })
  async tenants(@Args(() => PageArguments) args: PageArguments, @Ctx() context: RequestContext) {
    const reach = reachOfTenants(context);
    const { tenants } = context.api.stores;
    return toConnection('tenant', await tenants.list(reach, readPageArguments(args)), toTenantType, () =>
      tenants.count(reach),
    );
  }

  @FieldResolver(() => [ApiKeyType], {
    description: 'Its keys; needs the scope keys:write.',
    complexity: ({ childComplexity }) => KEYS_COST * childComplexity,
  })
  async apiKeys(@Root() { id }: TenantType, @Ctx() context: RequestContext): Promise<ApiKeyType[]> {
    requireScope(context, 'keys:write');
    return (await context.loaders.apiKeysOfTenant.load(id)).map(toApiKeyType);
  }

  @FieldResolver(() => [String], {
    description:
      'Private networks (CIDRs) that its URLs may reach besides those that the deployment has open; needs the scope tenants:admin over all tenants.',
  })
  allowedNetworks(@Root() { networks }: TenantType, @Ctx() context: RequestContext): string[] {
    reachAsOperator(context);
    return networks;
  }

  @Mutation(() => TenantPayload, {
    description: 'Makes a tenant; needs the scope tenants:admin over all tenants.',
  })
  async tenantCreate(
    @Arg('input', () => TenantCreateInput, { description: 'The tenant.' }) input: TenantCreateInput,
    @Ctx() context: RequestContext,
  ) {
    reachAsOperator(context);
    return answer(context, context.api.tenants.create(input), (tenant) => ({ tenant: toTenantType(tenant) }));
  }

  @Mutation(() => TenantPayload, {
    description: 'Changes a tenant; needs the scope tenants:admin over all tenants.',
  })
  async tenantUpdate(
    @Arg('input', () => TenantUpdateInput, { description: 'What changes.' }) input: TenantUpdateInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachAsOperator(context);
    return answer(context, context.api.tenants.update(reach, input), (tenant) => ({
      tenant: toTenantType(tenant),
    }));
  }

  @Mutation(() => DeletePayload, {
    description:
      'Ends a tenant with its endpoints, subscriptions and keys; needs tenants:admin over all tenants.',
  })
  async tenantDelete(
    @Arg('id', () => ID, { description: 'The tenant.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachAsOperator(context);
    return answer(context, context.api.tenants.remove(reach, id), (deletedId) => ({ deletedId }));
  }

  @Mutation(() => ApiKeyCreatePayload, {
    description: 'Makes a key and tells it once; needs the scope keys:write.',
  })
  async apiKeyCreate(
    @Arg('input', () => ApiKeyCreateInput, { description: 'The key.' }) input: ApiKeyCreateInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'keys:write');
    return answer(context, context.api.apiKeys.create(caller, input), ({ apiKey, plainKey }) => ({
      apiKey: toApiKeyType(apiKey),
      plainKey,
    }));
  }

  @Mutation(() => DeletePayload, {
    description: 'Ends a key at once, and the streams opened with it; needs keys:write.',
  })
  async apiKeyRevoke(
    @Arg('id', () => ID, { description: 'The key’s id.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'keys:write');
    return answer(context, context.api.apiKeys.revoke(reach, id), (deletedId) => ({ deletedId }));
  }
}

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, { description: 'Who is calling.' })
  viewer(@Ctx() context: RequestContext): ViewerType {
    const { scopes, isOperator } = requireCaller(context);
    const hasInspectors = context.api.settings.inspector;
    return instanceOf(ViewerType, { scopes: [...scopes], isOperator, hasInspectors });
  }

  @FieldResolver(() => TenantType, {
    nullable: true,
    description: 'The tenant acted for; null: all of them.',
  })
  async tenant(@Ctx() context: RequestContext): Promise<TenantType | null> {
    const { tenantId } = requireCaller(context);
    const tenant = tenantId === null ? undefined : await context.loaders.tenant.load(tenantId);
    return tenant ? toTenantType(tenant) : null;
  }
}
