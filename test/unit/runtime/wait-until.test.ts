import { waitUntil } from '../../../src/runtime/wait-until';

describe('waiting for a condition', () => {
  it('ends as soon as it holds', async () => {
    let asked = 0;
    const soon = (): Promise<boolean> => Promise.resolve(++asked === 3);
    expect(await waitUntil(soon, { timeoutMs: 5000, pauseMs: 1 })).toBe(true);
    expect(asked).toBe(3);
  });

  it('does not wait at all when it holds already', async () => {
    expect(await waitUntil(() => true, { timeoutMs: 0, pauseMs: 60_000 })).toBe(true);
  });

  it('says so when the time is up', async () => {
    expect(await waitUntil(() => false, { timeoutMs: 5, pauseMs: 1 })).toBe(false);
  });
});
