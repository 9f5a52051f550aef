import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { decodeId } from '../../domain/ids';
import { LIMITS } from '../../domain/limits';
import type { TenantScope } from '../../domain/settings';
import { cutIntoBuckets, statsRange } from '../../domain/stats/stats-range';
import { emptyTally, type StatsSubject } from '../../domain/stats/tally';
import { reachOf, type RequestContext } from '../context';
import { checkRange } from '../inputs/filter-inputs';
import { badUserInput } from '../request-errors';
import { DateTimeScalar } from '../scalars';
import {
  DeliveryStatsType,
  StatsBucketType,
  seriesCost,
  statsCost,
  toDeliveryStatsType,
  toStatsBucketType,
} from '../types/stats';

const { statsBuckets } = LIMITS;

@Resolver(() => DeliveryStatsType)
export class DeliveryStatsResolver {
  @Query(() => DeliveryStatsType, {
    description:
      'How deliveries went in a time range: to the minute for the last two days, to the hour for 400 days. Needs deliveries:read.',
    complexity: statsCost,
  })
  async deliveryStats(
    @Arg('endpointId', () => ID, {
      nullable: true,
      description: 'Of this endpoint; of all that the key reaches unless given.',
    })
    endpointId: string | null | undefined,
    @Arg('since', () => DateTimeScalar, { description: 'From here.' }) since: Date,
    @Arg('until', () => DateTimeScalar, { nullable: true, description: 'To here; to now unless given.' })
    until: Date | null | undefined,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'deliveries:read');
    checkRange({ since, until });
    const range = statsRange(since, until ?? undefined, new Date());
    const { stats } = context.api.stores;
    const subject = subjectOf(reach, endpointId);
    if (!subject) return toDeliveryStatsType(range, emptyTally(), () => Promise.resolve([]));
    const [tally = emptyTally()] = await stats.totals(reach, [subject], range);
    return toDeliveryStatsType(range, tally, async () => {
      const [points = []] = await stats.points(reach, [subject], range);
      return points;
    });
  }

  @FieldResolver(() => [StatsBucketType], {
    description: 'The range cut into equal parts, oldest first; parts without attempts are there too.',
    complexity: seriesCost,
  })
  async series(
    @Root() { range, points }: DeliveryStatsType,
    @Arg('buckets', () => Int, {
      nullable: true,
      defaultValue: statsBuckets.default,
      description: 'How many parts, 1 to 500.',
    })
    buckets: number | null,
  ) {
    const count = buckets ?? statsBuckets.default;
    if (count < statsBuckets.min || count > statsBuckets.max)
      throw badUserInput(`\`buckets\` is from ${statsBuckets.min} to ${statsBuckets.max}.`);
    return cutIntoBuckets(range, await points(), count).map(toStatsBucketType);
  }
}

/** Undefined for what cannot be an endpoint's id: it has no statistics, like any endpoint out of reach. */
function subjectOf(reach: TenantScope, endpointId: string | null | undefined): StatsSubject | undefined {
  if (typeof endpointId === 'string') return decodeId('endpoint', endpointId) ? { endpointId } : undefined;
  return reach === null ? 'everybody' : { tenantId: reach };
}
