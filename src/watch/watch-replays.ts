import type { Replay } from '../domain/replay';
import { isAborted } from '../runtime/is-aborted';
import { makeSharedLook } from './shared-look';

export interface ReplayWatchDeps {
  byIds: (ids: readonly string[]) => Promise<Replay[]>;
  /** Between two looks. */
  pauseMs: number;
}

export interface ReplayWatching {
  /** The replay now, then after each step forward that is seen, until it has ended. */
  watch(replayId: string, signal: AbortSignal): AsyncGenerator<Replay[], void, undefined>;
}

/**
 * Progress is read from the replays' rows: whichever process runs one, there it stands. All replays that are watched in
 * this process cost one statement a look, however many watch them.
 */
export function makeReplayWatching({ byIds, pauseMs }: ReplayWatchDeps): ReplayWatching {
  const shared = makeSharedLook(
    async (ids) => new Map((await byIds(ids)).map((replay) => [replay.id, replay])),
    pauseMs,
  );

  return {
    async *watch(replayId, signal) {
      const leave = shared.join(replayId);
      try {
        let [replay] = await byIds([replayId]);
        let told = '';
        while (replay && !isAborted(signal)) {
          const progress = [replay.status, replay.done, replay.total].join();
          if (progress !== told) yield [replay];
          told = progress;
          if (replay.status !== 'RUNNING') return;
          replay = await shared.next(replayId);
        }
      } finally {
        leave();
      }
    },
  };
}
