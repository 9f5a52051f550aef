import { setTimeout as sleep } from 'node:timers/promises';

/** What many watch, each for itself, and one look finds for all of them. */
export interface SharedLook<T> {
  /** Until the function that it answers with is called, looks are for this one, too. */
  join(id: string): () => void;
  /** What the next look that begins after now finds for this one. */
  next(id: string): Promise<T | undefined>;
}

/** @param look one statement, however many are watched in this process; pauseMs: between two looks */
export function makeSharedLook<T>(
  look: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  pauseMs: number,
): SharedLook<T> {
  const watched = new Map<string, number>();
  let looking: Promise<ReadonlyMap<string, T>> | undefined;

  return {
    join(id) {
      watched.set(id, (watched.get(id) ?? 0) + 1);
      return () => {
        const left = (watched.get(id) ?? 1) - 1;
        if (left > 0) watched.set(id, left);
        else watched.delete(id);
      };
    },
    async next(id) {
      looking ??= sleep(pauseMs).then(() => {
        looking = undefined;
        return look([...watched.keys()]);
      });
      return (await looking).get(id);
    },
  };
}
