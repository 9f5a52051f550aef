import { Arg, Args, Ctx, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { decodeId } from '../../domain/ids';
import type { Replay } from '../../domain/replay';
import { reachOf, requireScope, type RequestContext } from '../context';
import { ReplayInput } from '../inputs/replay-inputs';
import { badUserInput } from '../request-errors';
import { makePayloadsOf } from '../live/payloads-of';
import { mapStream } from '../stream';
import { PageArguments, pageCost, readPageArguments, toConnection } from '../types/connection';
import { ReplayConnection } from '../types/connections';
import { ReplayPayload, answer } from '../types/payloads';
import { ReplayType, toReplayType } from '../types/replay';

@Resolver(() => ReplayType)
export class ReplayResolver {
  @Query(() => ReplayType, { nullable: true, description: 'One replay; needs the scope deliveries:read.' })
  async replay(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: RequestContext) {
    reachOf(context, 'deliveries:read');
    const found = decodeId('replay', id) ? await context.loaders.replay.load(id) : undefined;
    return found ? toReplayType(found) : null;
  }

  @Query(() => ReplayConnection, {
    description: 'The replays; needs the scope deliveries:read.',
    complexity: pageCost,
  })
  async replays(@Args(() => PageArguments) args: PageArguments, @Ctx() context: RequestContext) {
    const reach = reachOf(context, 'deliveries:read');
    const { replays } = context.api.stores;
    const page = await replays.list(reach, readPageArguments(args));
    return toConnection('replay', page, toReplayType, () => replays.count(reach));
  }

  @Mutation(() => ReplayPayload, {
    description:
      'Sends many deliveries again, in the background and behind what is new; each begins at the foot of its ladder ' +
      'and keeps its webhook-id. Needs the scope deliveries:write.',
  })
  async replayCreate(
    @Arg('input', () => ReplayInput, { description: 'Which.' }) input: ReplayInput,
    @Ctx() context: RequestContext,
  ) {
    const caller = requireScope(context, 'deliveries:write');
    return answer(context, context.api.replays.create(caller, input), inPayload);
  }

  @Mutation(() => ReplayPayload, {
    description:
      'Ends a replay. What it has sent stays sent, and what waits in its queue still goes out. Needs deliveries:write.',
  })
  async replayCancel(
    @Arg('id', () => ID, { description: 'The replay.' }) id: string,
    @Ctx() context: RequestContext,
  ) {
    const reach = reachOf(context, 'deliveries:write');
    return answer(context, context.api.replays.cancel(reach, id), inPayload);
  }

  @Subscription(() => ReplayType, {
    description:
      'A replay as it is now, then after each step forward, until it has ended. Needs the scope deliveries:read.',
    subscribe: ({ args, context }) =>
      watch((args as { replayId: string }).replayId, context as RequestContext),
  })
  replayProgress(
    @Arg('replayId', () => ID, { description: 'The replay.' }) _replayId: string,
    @Root() replay: ReplayType,
  ): ReplayType {
    return replay;
  }
}

async function watch(replayId: string, context: RequestContext): Promise<AsyncIterable<ReplayType[]>> {
  const reach = reachOf(context, 'deliveries:read');
  const { stages, stores } = context.api;
  const [found] = decodeId('replay', replayId) ? await stores.replays.byIds(reach, [replayId]) : [];
  if (!found) throw badUserInput('There is no replay with this id.');
  return mapStream((signal) => stages.watchReplay(replayId, signal), replaysOf);
}

const replaysOf = makePayloadsOf((replay: Replay) => toReplayType(replay));

const inPayload = (replay: Parameters<typeof toReplayType>[0]) => ({ replay: toReplayType(replay) });
