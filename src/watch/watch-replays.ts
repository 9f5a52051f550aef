import { setTimeout as sleep } from 'node:timers/promises';
import type { Replay } from '../domain/replay';
import { isAborted } from '../runtime/is-aborted';

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
  const watched = new Map<string, number>();
  let looking: Promise<Map<string, Replay>> | undefined;

  /** The next look that begins after now, shared by all who ask before it begins. */
  function nextLook(): Promise<Map<string, Replay>> {
    looking ??= sleep(pauseMs).then(async () => {
      looking = undefined;
      return new Map((await byIds([...watched.keys()])).map((replay) => [replay.id, replay]));
    });
    return looking;
  }

  return {
    async *watch(replayId, signal) {
      watched.set(replayId, (watched.get(replayId) ?? 0) + 1);
      try {
        let [replay] = await byIds([replayId]);
        let told = '';
        while (replay && !isAborted(signal)) {
          const progress = [replay.status, replay.done, replay.total].join();
          if (progress !== told) yield [replay];
          told = progress;
          if (replay.status !== 'RUNNING') return;
          replay = (await nextLook()).get(replayId);
        }
      } finally {
        const left = (watched.get(replayId) ?? 1) - 1;
        if (left > 0) watched.set(replayId, left);
        else watched.delete(replayId);
      }
    },
  };
}
