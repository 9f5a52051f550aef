import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import type { Replay, ReplaySelection, ReplayStatus } from '../../domain/replay';
import { DateTimeScalar } from '../scalars';
import { DeliveryStatusEnum, ReplayStatusEnum } from './enums';
import { NodeType, instanceOf } from './node';

@ObjectType('ReplaySelection', {
  description: 'Which deliveries a replay takes; every condition given must hold.',
})
export class ReplaySelectionType {
  @Field(() => [ID], { nullable: true, description: 'Only these; null: not asked for by id.' })
  deliveryIds!: readonly string[] | null;

  @Field(() => ID, { nullable: true, description: 'Only those to this endpoint; null: to any.' })
  endpointId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Only those of this webhook subscription; null: of any.' })
  subscriptionId!: string | null;

  @Field(() => [DeliveryStatusEnum], {
    nullable: true,
    description: 'Only those in one of these; null: see ReplayInput.',
  })
  status!: readonly DeliveryStatus[] | null;

  @Field(() => [String], { nullable: true, description: 'Only these event types; null: any.' })
  types!: readonly string[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only events received at this time or later.' })
  since!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Only events received before this time.' })
  until!: Date | null;
}

@ObjectType('Replay', {
  implements: NodeType,
  description: 'Many deliveries that are sent again, behind what is new. Their webhook-ids stay the same.',
})
export class ReplayType extends NodeType {
  @Field(() => ReplayStatusEnum, { description: 'Where it stands.' })
  status!: ReplayStatus;

  @Field(() => ReplaySelectionType, { description: 'Which deliveries it takes.' })
  selection!: ReplaySelectionType;

  @Field(() => Boolean, { description: 'Whether events that have no delivery yet get one.' })
  backfills!: boolean;

  @Field(() => Int, {
    description: 'How many deliveries it takes: an estimate while it is running, exact once it is COMPLETED.',
  })
  total!: number;

  @Field(() => Int, {
    description:
      'How many are dealt with: made PENDING (or HELD), or skipped. It says nothing of their attempts.',
  })
  done!: number;

  @Field(() => Int, {
    description: 'How many of these were left as they are, because their endpoint or subscription is gone.',
  })
  skipped!: number;

  @Field(() => ID, { nullable: true, description: 'The API key that asked for it; null: an operator did.' })
  requestedBy!: string | null;

  @Field(() => DateTimeScalar, { description: 'When it was asked for.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ended; null: it is running.' })
  finishedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it is FAILED; null otherwise.' })
  error!: string | null;
}

export function toReplayType(replay: Replay): ReplayType {
  const { id, status, backfills, total, done, skipped, requestedBy, createdAt, finishedAt, error } = replay;
  return instanceOf(ReplayType, {
    id,
    status,
    backfills,
    total,
    done,
    skipped,
    requestedBy,
    createdAt,
    finishedAt,
    error,
    selection: toSelectionType(replay.selection),
  });
}

function toSelectionType(selection: ReplaySelection): ReplaySelectionType {
  return instanceOf(ReplaySelectionType, {
    deliveryIds: selection.deliveryIds ?? null,
    endpointId: selection.endpointId ?? null,
    subscriptionId: selection.subscriptionId ?? null,
    status: selection.status ?? null,
    types: selection.types ?? null,
    since: selection.since ?? null,
    until: selection.until ?? null,
  });
}
