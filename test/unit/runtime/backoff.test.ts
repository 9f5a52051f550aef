import { backoffMs, retryUntilDone } from '../../../src/runtime/backoff';

const LIMITS = { firstMs: 50, maxMs: 5000 };
const never = new AbortController().signal;

describe('the delay before the next try', () => {
  it('doubles up to its limit, half of it by chance', () => {
    const least = [0, 1, 2, 6, 7, 1000].map((attempt) => backoffMs(attempt, LIMITS, 0));
    expect(least).toEqual([25, 50, 100, 1600, 2500, 2500]);
    const most = [0, 1, 2, 6, 7, 1000].map((attempt) => backoffMs(attempt, LIMITS, 1));
    expect(most).toEqual([50, 100, 200, 3200, 5000, 5000]);
  });

  it('differs from process to process', () => {
    expect(new Set(Array.from({ length: 50 }, () => backoffMs(10, LIMITS))).size).toBeGreaterThan(10);
  });
});

describe('work that must happen', () => {
  it('is tried until it succeeds, and each failure is told', async () => {
    const failures: [unknown, number][] = [];
    let tries = 0;
    const work = (): Promise<string> =>
      ++tries < 4 ? Promise.reject(new Error(`try ${tries}`)) : Promise.resolve('done');
    const options = { firstMs: 1, maxMs: 2, signal: never };
    const result = await retryUntilDone(work, {
      ...options,
      onFailure: (error, attempt) => void failures.push([error, attempt]),
    });
    expect(result).toBe('done');
    expect(failures).toEqual([1, 2, 3].map((number) => [new Error(`try ${number}`), number - 1]));
  });

  it('is tried once more or less at shutdown: what failed last is thrown, without waiting', async () => {
    const shutdown = new AbortController();
    const failing = retryUntilDone(() => Promise.reject(new Error('gone')), {
      firstMs: 60_000,
      maxMs: 60_000,
      signal: shutdown.signal,
      onFailure: () => setImmediate(() => shutdown.abort()),
    });
    await expect(failing).rejects.toThrow('gone');
  });

  it('is tried once when the shutdown came before it', async () => {
    const onFailure = jest.fn();
    const options = { ...LIMITS, signal: AbortSignal.abort(), onFailure };
    await expect(retryUntilDone(() => Promise.reject(new Error('gone')), options)).rejects.toThrow('gone');
    expect(onFailure).toHaveBeenCalledTimes(1);
    expect(await retryUntilDone(() => Promise.resolve(7), options)).toBe(7);
  });
});
