import { makeBatcher, type BatcherOptions } from '../../../src/runtime/batcher';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A batcher of numbers that doubles them, one batch at a time, each when it is let go. */
function makeHeld(options: Partial<BatcherOptions<number, number>> = {}) {
  const batches: number[][] = [];
  const letGo: (() => void)[] = [];
  const batcher = makeBatcher<number, number>({
    maxItems: 100,
    concurrency: 1,
    run: async (items) => {
      batches.push(items);
      await new Promise<void>((resolve) => letGo.push(resolve));
      return items.map((item) => item * 2);
    },
    ...options,
  });
  return { batcher, batches, letNextGo: () => letGo.shift()?.() };
}

describe('a batcher', () => {
  it('takes what comes in one turn of the loop together, and gives each its own result', async () => {
    const { batcher, batches, letNextGo } = makeHeld();
    const results = Promise.all([1, 2, 3].map((item) => batcher.add(item)));
    expect(batches).toEqual([]);
    await turn();
    expect(batches).toEqual([[1, 2, 3]]);
    letNextGo();
    expect(await results).toEqual([2, 4, 6]);
  });

  it('gathers what comes while a batch is under way', async () => {
    const { batcher, batches, letNextGo } = makeHeld();
    const first = batcher.add(1);
    await turn();
    const rest = Promise.all([2, 3].map((item) => batcher.add(item)));
    await turn();
    expect([batches, batcher.size()]).toEqual([[[1]], 3]);
    letNextGo();
    await first;
    await turn();
    expect(batches).toEqual([[1], [2, 3]]);
    letNextGo();
    expect(await rest).toEqual([4, 6]);
    await turn();
    expect(batcher.size()).toBe(0);
  });

  it('has no more batches under way than it may', async () => {
    const { batcher, batches, letNextGo } = makeHeld({ maxItems: 1, concurrency: 2 });
    const all = Promise.all([1, 2, 3, 4].map((item) => batcher.add(item)));
    await turn();
    expect(batches).toEqual([[1], [2]]);
    for (let i = 0; i < 4; i++) {
      letNextGo();
      await turn();
    }
    expect(await all).toEqual([2, 4, 6, 8]);
  });

  it('splits by number of items', async () => {
    const { batcher, batches } = makeHeld({ maxItems: 2, concurrency: 9 });
    for (let item = 1; item <= 5; item++) void batcher.add(item);
    await turn();
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('splits by weight, and what is too heavy for any batch goes alone', async () => {
    const { batcher, batches } = makeHeld({ maxWeight: 10, weigh: (item) => item, concurrency: 9 });
    for (const item of [4, 6, 1, 50, 2, 9]) void batcher.add(item);
    await turn();
    expect(batches).toEqual([[4, 6], [1], [50], [2], [9]]);
  });

  it('fails what is in a failed batch, and nothing else', async () => {
    const batcher = makeBatcher<number, number>({
      maxItems: 2,
      concurrency: 1,
      run: (items) => (items.includes(1) ? Promise.reject(new Error('gone')) : Promise.resolve(items)),
    });
    const results = await Promise.allSettled([1, 2, 3, 4].map((item) => batcher.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
    expect(batcher.size()).toBe(0);
  });

  it('fails a batch whose work throws before it begins', async () => {
    const run = (): never => {
      throw new Error('at once');
    };
    const batcher = makeBatcher<number, number>({ maxItems: 2, concurrency: 1, run });
    await expect(batcher.add(1)).rejects.toThrow('at once');
    await expect(batcher.add(2)).rejects.toThrow('at once');
  });
});
