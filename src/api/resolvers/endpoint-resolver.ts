import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { decodeId } from '../../domain/ids';
import { publicKeyOf } from '../../domain/request/webhook-secret';
import { reachOf, requireScope, type RequestContext } from '../context';
import {
  EndpointCreateInput,
  EndpointResumeInput,
  EndpointSecretRotateInput,
  EndpointTestInput,
  EndpointUpdateInput,
} from '../inputs/endpoint-inputs';
import { DateTimeScalar, JsonScalar } from '../scalars';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { EndpointConnection } from '../types/connections';
import { toUnrecordedAttemptType } from '../types/delivery';
import { EndpointHealthType, toEndpointHealthType } from '../types/endpoint-health';
import { EndpointType, WebhookSubscriptionType, toEndpointType, toSubscriptionType } from '../types/endpoint';
import { DeletePayload, EndpointPayload, EndpointTestPayload, answer } from '../types/payloads';
import { DeliveryStatsType, statsCost, toDeliveryStatsType } from '../types/stats';
import { TenantType } from '../types/tenant';
import { maySeeSecrets, shownHeaders, tenantOf } from './edges';

const SUBSCRIPTIONS_COST = 5;
const HEALTH_COST = 5;

@Resolver(() => EndpointType)
export class EndpointResolver {
  @Query(() => EndpointType, { nullable: true, description: 'One endpoint; needs the scope endpoints:read.' })
  async endpoint(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:read');
    const found = decodeId('endpoint', id) ? await context.api.stores.endpoints.find(reach, id) : undefined;
    return found ? toEndpointType(found) : null;
  }

  @Query(() => EndpointConnection, {
    description: 'The endpoints; needs the scope endpoints:read.',
    complexity: pageCost,
  })
  async endpoints(@Args(() => PageArguments) args: PageArguments, @Ctx() context: RequestContext) {
    const reach = reachOf(context, 'endpoints:read');
    const { endpoints } = context.api.stores;
    const page = await endpoints.list(reach, readPageArguments(args));
    return toConnection('endpoint', page, toEndpointType, () => endpoints.count(reach));
  }

  @FieldResolver(() => TenantType, { description: 'Whose it is.' })
  tenant(@Root() { record }: EndpointType, @Ctx() context: RequestContext): Promise<TenantType> {
    return tenantOf(context, record.tenantId);
  }

  @FieldResolver(() => JsonScalar, {
    description:
      'Request headers of its own. What looks like a credential is “…” without the scope endpoints:secret.',
  })
  headers(@Root() { record }: EndpointType, @Ctx() context: RequestContext): Record<string, string> {
    return shownHeaders(context, record.headers);
  }

  @FieldResolver(() => [Int], {
    description: 'Seconds before each retry; each value is a rung of the ladder.',
  })
  retrySchedule(@Root() { record }: EndpointType, @Ctx() { api }: RequestContext): number[] {
    return record.retrySchedule ?? [...api.settings.retrySchedule];
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The newest secret; null without the scope endpoints:secret.',
  })
  async secret(@Root() { id }: EndpointType, @Ctx() context: RequestContext): Promise<string | null> {
    return maySeeSecrets(context) ? newestSecret(context, id) : null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'whpk_…, with which receivers verify; ED25519 only.',
  })
  async publicKey(
    @Root() { id, signatureScheme }: EndpointType,
    @Ctx() context: RequestContext,
  ): Promise<string | null> {
    if (signatureScheme !== 'ED25519') return null;
    const secret = await newestSecret(context, id);
    return secret === null ? null : publicKeyOf(secret);
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when secrets of before the newest sign beside it; null: none does.',
  })
  async oldSecretsUntil(
    @Root() { id }: EndpointType,
    @Ctx() { loaders }: RequestContext,
  ): Promise<Date | null> {
    const ends = (await loaders.secrets.load(id)).flatMap(({ expiresAt }) => (expiresAt ? [expiresAt] : []));
    return ends.reduce<Date | null>((last, end) => (last === null || end > last ? end : last), null);
  }

  @FieldResolver(() => EndpointHealthType, {
    description: 'How it fares: its circuit, what waits for it, and for how long.',
    complexity: ({ childComplexity }) => HEALTH_COST + childComplexity,
  })
  async health(
    @Root() { id }: EndpointType,
    @Ctx() { loaders }: RequestContext,
  ): Promise<EndpointHealthType> {
    return toEndpointHealthType(await loaders.health.load(id));
  }

  @FieldResolver(() => [WebhookSubscriptionType], {
    description: 'Which events it gets.',
    complexity: ({ childComplexity }) => SUBSCRIPTIONS_COST * childComplexity,
  })
  async subscriptions(
    @Root() { id }: EndpointType,
    @Ctx() { loaders }: RequestContext,
  ): Promise<WebhookSubscriptionType[]> {
    return (await loaders.subscriptionsOfEndpoint.load(id)).map(toSubscriptionType);
  }

  @FieldResolver(() => DeliveryStatsType, {
    description:
      'How the last 24 hours went, from the half hour in which they began: 49 buckets are half hours. Needs the scope ' +
      'deliveries:read.',
    complexity: statsCost,
  })
  async stats(@Root() { id }: EndpointType, @Ctx() context: RequestContext): Promise<DeliveryStatsType> {
    reachOf(context, 'deliveries:read');
    const { range, totals, points } = context.loaders.lastDay;
    return toDeliveryStatsType(range, await totals.load(id), () => points.load(id));
  }

  @Mutation(() => EndpointPayload, {
    description: 'Makes an endpoint, and a secret when none is given; needs endpoints:write.',
  })
  async endpointCreate(
    @Arg('input', () => EndpointCreateInput, { description: 'The endpoint.' }) input: EndpointCreateInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'endpoints:write');
    return answer(context, context.api.endpoints.create(caller, input), inPayload);
  }

  @Mutation(() => EndpointPayload, { description: 'Changes an endpoint; needs the scope endpoints:write.' })
  async endpointUpdate(
    @Arg('input', () => EndpointUpdateInput, { description: 'What changes.' }) input: EndpointUpdateInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.endpoints.update(reach, input), inPayload);
  }

  @Mutation(() => EndpointPayload, {
    description: 'Stops sending: deliveries are HELD, none is lost. Needs the scope endpoints:write.',
  })
  async endpointPause(
    @Arg('id', () => ID, { description: 'The endpoint.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.pausing.pause(reach, id), inPayload);
  }

  @Mutation(() => EndpointPayload, {
    description:
      'Sends again, oldest first and at a growing pace; enables a DISABLED endpoint, and forgets what held it. Needs endpoints:write.',
  })
  async endpointResume(
    @Arg('input', () => EndpointResumeInput, { description: 'The endpoint, and what of it is dropped.' })
    input: EndpointResumeInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.pausing.resume(reach, input), inPayload);
  }

  @Mutation(() => DeletePayload, {
    description: 'Ends an endpoint with its subscriptions; needs the scope endpoints:write.',
  })
  async endpointDelete(
    @Arg('id', () => ID, { description: 'The endpoint.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.endpoints.remove(reach, id), (deletedId) => ({ deletedId }));
  }

  @Mutation(() => EndpointPayload, {
    description: 'A new secret; the old ones sign beside it for a while. Needs endpoints:write.',
  })
  async endpointSecretRotate(
    @Arg('input', () => EndpointSecretRotateInput, { description: 'The secret.' })
    input: EndpointSecretRotateInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.endpoints.rotateSecret(reach, input), inPayload);
  }

  @Mutation(() => EndpointTestPayload, {
    description: 'Sends one signed request now and waits for the answer; needs endpoints:write.',
  })
  async endpointTest(
    @Arg('input', () => EndpointTestInput, { description: 'The request.' }) input: EndpointTestInput,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'endpoints:write');
    return answer(context, context.api.testEndpoint(reach, input), ({ attempt, requestBody }) => ({
      attempt: toUnrecordedAttemptType(attempt, requestBody),
    }));
  }
}

const inPayload = (endpoint: Parameters<typeof toEndpointType>[0]) => ({
  endpoint: toEndpointType(endpoint),
});

async function newestSecret({ loaders }: RequestContext, endpointId: string): Promise<string | null> {
  const secrets = await loaders.secrets.load(endpointId);
  return secrets.find(({ expiresAt }) => expiresAt === null)?.value ?? null;
}
