/** A batch's place among those that are written. */
export interface Turn {
  /** Done when every batch that began earlier has been written. */
  readonly earlier: Promise<unknown>;
  /** Writes; when order matters, not before every batch that began earlier has been written. */
  write<T>(orderMatters: boolean, work: () => Promise<T>): Promise<T>;
  /** Lets the later ones go on, whether anything was written or not. */
  end(): void;
}

/** Batches run side by side; those in which the order of publishing counts are written one after another. */
export function makeTurns(): () => Turn {
  let all: Promise<unknown> = Promise.resolve();
  return () => {
    const before = all;
    let end: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => (end = resolve));
    all = Promise.all([before, mine]);
    return {
      earlier: before,
      async write(orderMatters, work) {
        try {
          if (orderMatters) await before;
          return await work();
        } finally {
          end();
        }
      },
      end,
    };
  };
}
