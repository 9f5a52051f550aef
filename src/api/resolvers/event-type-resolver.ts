import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { diffSchemas } from '../../domain/schema/schema-diff';
import type { SavedEventType } from '../../manage/event-types';
import { catalogReach } from '../catalog-reach';
import { reachOf, type RequestContext } from '../context';
import { EventTypeInput, toEventTypeFields } from '../inputs/event-type-inputs';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { EventTypeConnection } from '../types/connections';
import {
  CatalogEntryType,
  CatalogVersionType,
  SchemaChangeType,
  toCatalogEntryType,
  toCatalogVersionType,
  toSchemaChangeType,
} from '../types/event-type';
import { EventTypePayload, answer } from '../types/payloads';
import { TenantType, toTenantType } from '../types/tenant';

const VERSIONS_COST = 5;
/** Two schemas of up to 64 KiB are read from end to end. */
const CHANGES_COST = 20;

@Resolver(() => CatalogEntryType)
export class EventTypeResolver {
  @Query(() => CatalogEntryType, {
    nullable: true,
    description:
      'One event type: the tenant’s own, or else the shared one. Needs endpoints:read, events:read or catalog:write.',
  })
  async eventType(
    @Arg('name', () => String, { description: 'Its name.' }) name: string,
    @Ctx() context: RequestContext,
  ) {
    const found = await context.api.stores.catalog.findByName(catalogReach(context), name);
    return found ? toCatalogEntryType(found) : null;
  }

  @Query(() => EventTypeConnection, {
    description:
      'The event types: the tenant’s own and the shared ones. Needs endpoints:read, events:read or catalog:write.',
    complexity: pageCost,
  })
  async eventTypes(@Args(() => PageArguments) args: PageArguments, @Ctx() context: RequestContext) {
    const reach = catalogReach(context);
    const { catalog } = context.api.stores;
    const page = await catalog.list(reach, readPageArguments(args));
    return toConnection('eventType', page, toCatalogEntryType, () => catalog.count(reach));
  }

  @FieldResolver(() => [CatalogVersionType], {
    description: 'Its versions, oldest first.',
    complexity: ({ childComplexity }) => VERSIONS_COST * childComplexity,
  })
  async versions(@Root() { id }: CatalogEntryType, @Ctx() { loaders }: RequestContext) {
    const versions = await loaders.versionsOfEventType.load(id);
    return versions.map((version, at) => toCatalogVersionType(version, versions[at - 1]));
  }

  @FieldResolver(() => TenantType, { nullable: true, description: 'Whose it is; null: everybody’s.' })
  async tenant(@Root() { tenantId }: CatalogEntryType, @Ctx() { loaders }: RequestContext) {
    const tenant = tenantId === null ? undefined : await loaders.tenant.load(tenantId);
    return tenant ? toTenantType(tenant) : null;
  }

  @Mutation(() => EventTypePayload, {
    description:
      'Makes or changes an event type: the tenant’s own, or, by an operator who acts for no tenant, everybody’s. ' +
      'Needs catalog:write.',
  })
  async eventTypeUpsert(
    @Arg('input', () => EventTypeInput, { description: 'The event type.' }) input: EventTypeInput,
    @Ctx() context: RequestContext,
  ) {
    const owner = reachOf(context, 'catalog:write');
    return withWarnings(
      await answer(context, context.api.eventTypes.upsert(owner, toEventTypeFields(input)), inPayload),
    );
  }

  @Mutation(() => EventTypePayload, {
    description: 'Closes an event type for new subscribers; saving it again opens it. Needs catalog:write.',
  })
  async eventTypeArchive(
    @Arg('id', () => ID, { description: 'The event type.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const owner = reachOf(context, 'catalog:write');
    return withWarnings(await answer(context, context.api.eventTypes.archive(owner, id), inPayload));
  }
}

@Resolver(() => CatalogVersionType)
export class CatalogVersionResolver {
  @FieldResolver(() => [SchemaChangeType], {
    description: 'What somebody may break on who knows the version before; empty for the first.',
    complexity: CHANGES_COST,
  })
  async changes(
    @Root() { schema, schemaBefore }: CatalogVersionType,
    @Ctx() { api, authentication }: RequestContext,
  ) {
    if (schema === null || schemaBefore === undefined) return [];
    const whose = (authentication.ok ? authentication.caller.tenantId : null) ?? '';
    const changes = await api.stages.inTurns(whose, diffSchemas(schemaBefore, schema));
    return changes.map(toSchemaChangeType);
  }
}

const inPayload = ({ entry, warnings }: SavedEventType) => ({
  eventType: toCatalogEntryType(entry),
  warnings,
});

/** The list is there even when nothing was saved. */
const withWarnings = <T extends { warnings?: string[] }>(fields: T) => ({
  ...fields,
  warnings: fields.warnings ?? [],
});
