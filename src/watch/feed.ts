/**
 * What is told to all who watch, from now on: no place to resume from, and a bounded number kept for who is slow.
 */
export interface Feed<T> {
  push(items: readonly T[]): void;
  watchers(): number;
  /** What passes, in pieces; ends with `'fell-behind'` when more has come than is kept. */
  watch(
    passes: (item: T) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<T[] | 'fell-behind', void, undefined>;
}

const KEPT = 5000;
const PIECE = 100;

interface Watcher<T> {
  waiting: T[];
  passes: (item: T) => boolean;
  fellBehind: boolean;
  wake: () => void;
}

/** @param onEmpty called when the last watcher has gone */
export function makeFeed<T>(onEmpty: () => void): Feed<T> {
  const watchers = new Set<Watcher<T>>();
  return {
    watchers: () => watchers.size,
    push(items) {
      for (const watcher of watchers) {
        for (const item of items) if (watcher.passes(item)) watcher.waiting.push(item);
        if (watcher.waiting.length > KEPT) {
          watcher.waiting = [];
          watcher.fellBehind = true;
        }
        watcher.wake();
      }
    },
    async *watch(passes, signal) {
      const watcher: Watcher<T> = { waiting: [], passes, fellBehind: false, wake: () => undefined };
      const leave = (): void => {
        if (watchers.delete(watcher) && watchers.size === 0) onEmpty();
      };
      watchers.add(watcher);
      try {
        while (!signal.aborted && !watcher.fellBehind) {
          if (watcher.waiting.length === 0) await nextWake(watcher, signal);
          else yield watcher.waiting.splice(0, PIECE);
        }
        leave();
        if (watcher.fellBehind) yield 'fell-behind';
      } finally {
        leave();
      }
    },
  };
}

function nextWake<T>(watcher: Watcher<T>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', wake);
      watcher.wake = () => undefined;
      resolve();
    };
    watcher.wake = wake;
    signal.addEventListener('abort', wake, { once: true });
  });
}
