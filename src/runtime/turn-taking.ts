import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work for so long, all together, ends a turn of the event loop. */
const TURN_MS = 20;

/**
 * Work that is ready at once would run in one turn of the event loop, and everything else that this process does would
 * wait for all of it. So after a while the next piece waits for a turn of its own.
 */
export function makeTurnTaking(): <T>(work: () => T) => Promise<T> {
  let spentMs = 0;
  let turn: Promise<void> | undefined;
  return async (work) => {
    while (spentMs >= TURN_MS) {
      turn ??= nextTurn().then(() => {
        spentMs = 0;
        turn = undefined;
      });
      await turn;
    }
    const startedAt = performance.now();
    try {
      return work();
    } finally {
      spentMs += performance.now() - startedAt;
    }
  };
}
