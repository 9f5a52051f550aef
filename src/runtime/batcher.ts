/**
 * Group commit: whatever has gathered while the batches before were under way goes together, so that nothing waits
 * when the system is idle and batches grow by themselves under load.
 */
export interface Batcher<T, R> {
  /** Resolves with this item's result once its batch is done; rejects when the batch fails. */
  add(item: T): Promise<R>;
  /** Items that wait or are under way. */
  size(): number;
}

export interface BatcherOptions<T, R> {
  maxItems: number;
  /** Bounds a batch by weight too (bytes, say); one item heavier than that goes alone. */
  maxWeight?: number;
  weigh?: (item: T) => number;
  /** Batches under way at once. */
  concurrency: number;
  /** One result per item, in order. */
  run: (items: T[]) => Promise<R[]>;
}

interface Waiting<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

export function makeBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const { maxItems, maxWeight = Number.POSITIVE_INFINITY, weigh = () => 0, concurrency, run } = options;
  let waiting: Waiting<T, R>[] = [];
  let running = 0;
  let scheduled = false;
  let underWay = 0;

  function takeBatch(): Waiting<T, R>[] {
    let weight = 0;
    let count = 0;
    for (const { item } of waiting) {
      weight += weigh(item);
      if (count === maxItems || (count > 0 && weight > maxWeight)) break;
      count++;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function runBatch(batch: Waiting<T, R>[]): Promise<void> {
    running++;
    underWay += batch.length;
    try {
      const results = await run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index] as R));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      running--;
      underWay -= batch.length;
      start();
    }
  }

  function start(): void {
    while (running < concurrency && waiting.length > 0) void runBatch(takeBatch());
  }

  return {
    add(item) {
      return new Promise<R>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (scheduled) return;
        scheduled = true;
        // The messages of one socket read arrive in one turn of the loop: they make one batch.
        setImmediate(() => {
          scheduled = false;
          start();
        });
      });
    },
    size: () => waiting.length + underWay,
  };
}
