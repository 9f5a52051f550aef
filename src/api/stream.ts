/**
 * A stream that ends when nobody listens any more. An async generator cannot do this: its `return` waits for the
 * value that is under way, which on a quiet stream never comes. So the signal is aborted first.
 */
export function mapStream<T, U>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  map: (value: T) => U,
): AsyncIterableIterator<U> {
  const controller = new AbortController();
  const source = open(controller.signal)[Symbol.asyncIterator]();
  const end = { done: true, value: undefined } as const;
  return {
    async next() {
      if (controller.signal.aborted) return end;
      const result = await source.next();
      if (result.done) return end;
      try {
        return { done: false, value: map(result.value) };
      } catch (error) {
        // Nobody asks a stream that failed for more, nor tells it to end.
        controller.abort();
        source.return?.().catch(() => undefined);
        throw error;
      }
    },
    return() {
      controller.abort();
      // What the source still has to say on its way out is of no interest to anybody.
      source.return?.().catch(() => undefined);
      return Promise.resolve(end);
    },
    throw(error: unknown) {
      controller.abort();
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
