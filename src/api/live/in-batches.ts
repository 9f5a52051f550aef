/**
 * Reads a stream in the pieces in which it has values ready, at most `max` at once, and gives what `resolve` makes of
 * each piece, one by one. So a thousand changes from the log cost the statements of a few, not of a thousand. Between
 * two pieces everybody else has a turn: a stream that always has a next value would keep the process to itself.
 */
export function inBatches<T, U>(
  source: AsyncIterator<T>,
  max: number,
  resolve: (values: T[]) => Promise<U[]>,
): AsyncIterableIterator<U> {
  const end = { done: true, value: undefined } as const;
  let ready: U[] = [];
  let place = 0;
  /** Asked for, and not part of a piece yet. */
  let coming: Promise<IteratorResult<T>> | undefined;

  async function ask(): Promise<IteratorResult<T>> {
    const asked = coming ?? source.next();
    coming = undefined;
    return asked;
  }

  /** What is there without waiting; empty at the end of the stream. */
  async function takePiece(): Promise<T[]> {
    const taken: T[] = [];
    const first = await ask();
    if (first.done) return taken;
    taken.push(first.value);
    const turn = nextTurn();
    while (taken.length < max) {
      const next = source.next();
      coming = next;
      // An error, as the end, is told when its turn has come.
      const more = await Promise.race([next, turn]).catch(() => undefined);
      if (!more || more.done) break;
      coming = undefined;
      taken.push(more.value);
    }
    await turn;
    return taken;
  }

  return {
    async next() {
      if (place >= ready.length) {
        const taken = await takePiece();
        if (taken.length === 0) return end;
        ready = await resolve(taken);
        place = 0;
      }
      return { done: false, value: ready[place++] as U };
    },
    async return() {
      coming?.catch(() => undefined);
      await source.return?.();
      return end;
    },
    async throw(error: unknown) {
      await source.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const nextTurn = (): Promise<undefined> => new Promise((resolve) => setImmediate(resolve, undefined));
