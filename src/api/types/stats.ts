import { Field, Float, Int, ObjectType } from 'type-graphql';
import { LIMITS } from '../../domain/limits';
import {
  MINUTE_MS,
  percentileOf,
  ratesOf,
  type StatsBucket,
  type StatsPoint,
  type StatsRange,
} from '../../domain/stats/stats-range';
import type { Tally } from '../../domain/stats/tally';
import { DateTimeScalar } from '../scalars';
import { instanceOf } from './node';

@ObjectType('DeliveryStats', {
  description:
    'Deliveries that were received in a time range, by their status now, and the attempts that were made in it.',
})
export class DeliveryStatsType {
  /** Not in the schema: what the series is made of. */
  range!: StatsRange;
  points!: () => Promise<StatsPoint[]>;

  @Field(() => DateTimeScalar, {
    description:
      'Where counting began: `since`, rounded down to the minute, or the hour before the last two days.',
  })
  since!: Date;

  @Field(() => DateTimeScalar, { description: 'Where counting ended: `until`, rounded up likewise.' })
  until!: Date;

  @Field(() => Int, { description: 'All deliveries received.' })
  total!: number;

  @Field(() => Int, { description: 'Of these, DELIVERED.' })
  delivered!: number;

  @Field(() => Int, { description: 'Of these, RETRYING.' })
  retrying!: number;

  @Field(() => Int, { description: 'Of these, DEAD_LETTERED.' })
  deadLettered!: number;

  @Field(() => Int, { description: 'Of these, PENDING.' })
  pending!: number;

  @Field(() => Int, { description: 'Of these, HELD.' })
  held!: number;

  @Field(() => Int, { description: 'Of these, CANCELLED.' })
  cancelled!: number;

  @Field(() => Float, { description: 'delivered / (delivered + deadLettered), 0 to 1; 1 when both are 0.' })
  confirmationRate!: number;

  @Field(() => Float, {
    description: 'Failed attempts / attempts made in the range, 0 to 1; 0 when none was made.',
  })
  failureRate!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Milliseconds from received to delivered that half did not exceed; within 5 %. Null: none.',
  })
  latencyMsP50!: number | null;

  @Field(() => Float, { nullable: true, description: 'The same for 95 of 100.' })
  latencyMsP95!: number | null;

  @Field(() => Float, { nullable: true, description: 'The same for 99 of 100.' })
  latencyMsP99!: number | null;
}

@ObjectType('StatsBucket', { description: 'The attempts of a part of the range.' })
export class StatsBucketType {
  @Field(() => DateTimeScalar, { description: 'When it begins.' })
  at!: Date;

  @Field(() => Int, { description: 'Attempts made in it.' })
  attempts!: number;

  @Field(() => Int, { description: 'Of these, how many failed.' })
  failed!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Milliseconds from received to delivered, the median of what was delivered in it.',
  })
  latencyMsP50!: number | null;

  @Field(() => Float, { nullable: true, description: 'The same for 99 of 100.' })
  latencyMsP99!: number | null;
}

/** A few dozen rows for each endpoint. */
const STATS_COST = 5;
/** Up to 2,940 minutes and 9,600 hours for each endpoint. */
const SERIES_COST = 500;

export const statsCost = ({ childComplexity }: { childComplexity: number }): number =>
  STATS_COST + childComplexity;

export function seriesCost({
  args,
  childComplexity,
}: {
  args: Record<string, unknown>;
  childComplexity: number;
}): number {
  const asked = Number(args.buckets ?? LIMITS.statsBuckets.default);
  return SERIES_COST + Math.min(Math.max(asked, 1), LIMITS.statsBuckets.max) * childComplexity;
}

export function toDeliveryStatsType(
  range: StatsRange,
  tally: Tally,
  points: () => Promise<StatsPoint[]>,
): DeliveryStatsType {
  const { byStatus, latencies } = tally;
  return instanceOf(DeliveryStatsType, {
    range,
    points,
    since: new Date(range.from * MINUTE_MS),
    until: new Date(range.end * MINUTE_MS),
    total: countOf(Object.values(byStatus).reduce((sum, count) => sum + count, 0)),
    delivered: countOf(byStatus.DELIVERED),
    retrying: countOf(byStatus.RETRYING),
    deadLettered: countOf(byStatus.DEAD_LETTERED),
    pending: countOf(byStatus.PENDING),
    held: countOf(byStatus.HELD),
    cancelled: countOf(byStatus.CANCELLED),
    ...ratesOf(tally),
    latencyMsP50: percentileOf(latencies, 'p50'),
    latencyMsP95: percentileOf(latencies, 'p95'),
    latencyMsP99: percentileOf(latencies, 'p99'),
  });
}

export const toStatsBucketType = ({ at, attempts, failed, latencies }: StatsBucket): StatsBucketType =>
  instanceOf(StatsBucketType, {
    at,
    attempts: countOf(attempts),
    failed: countOf(failed),
    latencyMsP50: percentileOf(latencies, 'p50'),
    latencyMsP99: percentileOf(latencies, 'p99'),
  });

const MAX_INT = 2 ** 31 - 1;

/**
 * As a GraphQL Int, which ends at 2³¹ − 1: more is shown as that. Less than nothing is left of deliveries that were
 * routed before statistics were kept and have moved since.
 */
const countOf = (count: number): number => Math.min(Math.max(count, 0), MAX_INT);
