import { Arg, Ctx, FieldResolver, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { DeliveryFilter } from '../../domain/delivery/delivery-filter';
import { decodeId } from '../../domain/ids';
import type { Round, RoundPlace } from '../../domain/round-place';
import { isEventType } from '../../domain/routing/topic-pattern';
import type { DeliveryChange } from '../../messages/delivery-change';
import { reachOf, type RequestContext } from '../context';
import { readRoundCursor, readStreamCursor, roundCursor, streamCursor } from '../cursor';
import { DeliveryFilterInput, EXACT_TYPES, toDeliveryFilter } from '../inputs/filter-inputs';
import { badUserInput } from '../request-errors';
import { makePayloadsOf } from '../live/payloads-of';
import { CursorScalar } from '../scalars';
import { mapStream } from '../stream';
import { DeliveryAttemptType, DeliveryType, DeliveryUpdateType, toDeliveryType } from '../types/delivery';
import { instanceOf } from '../types/node';
import { attemptsOf } from './edges';

interface StreamArguments {
  filter?: DeliveryFilterInput | null;
  after?: string | null;
}

/** Statuses that an attempt leads to; the others are set by hand or by the gate. */
const OF_ATTEMPTS: ReadonlySet<string> = new Set(['DELIVERED', 'RETRYING', 'DEAD_LETTERED']);

@Resolver(() => DeliveryUpdateType)
export class DeliveryUpdateResolver {
  @Query(() => CursorScalar, {
    nullable: true,
    description:
      'The cursor of the newest change there is: with it as `after`, `deliveryUpdated` misses nothing that comes from ' +
      'now on. Over all tenants it is good for 23 hours. Needs the scope deliveries:read.',
  })
  async deliveryUpdatedCursor(@Ctx() context: RequestContext): Promise<string | null> {
    const tenantId = reachOf(context, 'deliveries:read');
    const { stages } = context.api;
    if (tenantId === null) return roundCursor(await stages.allTenants.newest());
    return streamCursor(tenantId, await stages.lastSeq(tenantId));
  }

  @Subscription(() => DeliveryUpdateType, {
    description:
      'Each change of a delivery’s status, once, in order per delivery. With `after`, first every change since then, ' +
      'without gap or repeat. An endpoint that is not there is BAD_USER_INPUT. Needs the scope deliveries:read.',
    subscribe: ({ args, context }) => watch(args as StreamArguments, context as RequestContext),
  })
  deliveryUpdated(
    @Arg('filter', () => DeliveryFilterInput, { nullable: true, description: 'Which; all unless given.' })
    _filter: DeliveryFilterInput | null | undefined,
    @Arg('after', () => CursorScalar, { nullable: true, description: 'The cursor of the last change seen.' })
    _after: string | null | undefined,
    @Root() update: DeliveryUpdateType,
  ): DeliveryUpdateType {
    return update;
  }

  @FieldResolver(() => DeliveryType, { description: 'The delivery as it is now.' })
  async delivery(
    @Root() { deliveryId }: DeliveryUpdateType,
    @Ctx() { loaders }: RequestContext,
  ): Promise<DeliveryType> {
    const delivery = await loaders.delivery.load(deliveryId);
    if (!delivery) throw new Error(`${deliveryId} changed and is not on record`);
    return toDeliveryType(delivery);
  }

  @FieldResolver(() => DeliveryAttemptType, {
    nullable: true,
    description: 'The request that led to it; null: none did.',
  })
  async attempt(
    @Root() update: DeliveryUpdateType,
    @Ctx() context: RequestContext,
  ): Promise<DeliveryAttemptType | null> {
    if (!OF_ATTEMPTS.has(update.status)) return null;
    const attempts = await attemptsOf(context, update.deliveryId);
    return attempts.find(({ number }) => number === update.attemptNumber) ?? null;
  }
}

async function watch(
  { filter, after }: StreamArguments,
  context: RequestContext,
): Promise<AsyncIterable<DeliveryUpdateType[]>> {
  const tenantId = reachOf(context, 'deliveries:read');
  const which = toDeliveryFilter(filter);
  await refuseImpossible(which, context);
  const { stages } = context.api;
  const cursor = after ?? undefined;
  if (tenantId === null) {
    const place = cursor === undefined ? {} : { after: await roundPlaceAfter(cursor, context) };
    return mapStream((signal) => stages.allTenants.watch({ filter: which, signal, ...place }), updatesOf);
  }
  const place = cursor === undefined ? {} : { afterSeq: await placeAfter(cursor, tenantId, context) };
  return mapStream(
    (signal) => stages.watchDeliveries({ tenantId, filter: which, signal, ...place }),
    updatesOf,
  );
}

/**
 * Throws BAD_USER_INPUT for what no change will ever be of. An endpoint that was deleted is on record, and its last
 * changes may be to come; an event may be on its way to the record.
 */
async function refuseImpossible(
  { endpointId, eventId, types }: DeliveryFilter,
  { loaders }: RequestContext,
): Promise<void> {
  if (types?.some((type) => !isEventType(type))) throw badUserInput(EXACT_TYPES);
  if (eventId !== undefined && !decodeId('event', eventId))
    throw badUserInput('There is no event with this id.');
  if (endpointId === undefined) return;
  const endpoint = decodeId('endpoint', endpointId) ? await loaders.endpoint.load(endpointId) : undefined;
  if (!endpoint) throw badUserInput('There is no endpoint with this id.');
}

async function placeAfter(cursor: string, tenantId: string, { api }: RequestContext): Promise<number> {
  const seq = readStreamCursor(cursor, tenantId);
  refuseGap(await api.stages.placeOf(tenantId, seq));
  return seq;
}

async function roundPlaceAfter(cursor: string, { api }: RequestContext): Promise<RoundPlace> {
  const place = readRoundCursor(cursor);
  refuseGap(await api.stages.allTenants.placeOf(place));
  return place;
}

/** Throws BAD_USER_INPUT where the log cannot be read on without a gap. */
function refuseGap(place: 'there' | 'expired' | 'not-yet'): void {
  if (place === 'there') return;
  throw badUserInput(
    place === 'expired'
      ? 'What came after this cursor is past retention. Read `deliveries`, and watch without `after`.'
      : 'The log has not come as far as this cursor. Read `deliveries`, and watch without `after`.',
  );
}

type ToldChange = DeliveryChange & { round?: Round };

const updatesOf = makePayloadsOf(({ tenantId, seq, round, status, deliveryId, attempt, atMs }: ToldChange) =>
  instanceOf(DeliveryUpdateType, {
    at: new Date(atMs),
    cursor:
      round === undefined ? streamCursor(tenantId, seq) : roundCursor({ round, within: { tenantId, seq } }),
    status,
    deliveryId,
    attemptNumber: attempt,
  }),
);
