import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { reachOf, type RequestContext } from '../context';
import { AuditFilterInput, toAuditFilter } from '../inputs/filter-inputs';
import { AuditEntryType, toAuditEntryType } from '../types/audit';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { AuditEntryConnection } from '../types/connections';
import { TenantType, toTenantType } from '../types/tenant';

@Resolver(() => AuditEntryType)
export class AuditResolver {
  @Query(() => AuditEntryConnection, {
    description: 'Who changed what, when and from where; needs the scope audit:read.',
    complexity: pageCost,
  })
  async auditLog(
    @Arg('filter', () => AuditFilterInput, { nullable: true, description: 'Which; all unless given.' })
    filter: AuditFilterInput | null | undefined,
    @Args(() => PageArguments) args: PageArguments,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'audit:read');
    const { audit } = context.api.stores;
    const which = toAuditFilter(filter);
    const page = await audit.list(reach, which, readPageArguments(args));
    return toConnection('auditEntry', page, toAuditEntryType, () => audit.count(reach, which));
  }

  @FieldResolver(() => TenantType, {
    nullable: true,
    description: 'Whose thing was changed; null: nobody’s alone.',
  })
  async tenant(@Root() { tenantId }: AuditEntryType, @Ctx() { loaders }: RequestContext) {
    const tenant = tenantId === null ? undefined : await loaders.tenant.load(tenantId);
    return tenant ? toTenantType(tenant) : null;
  }
}
