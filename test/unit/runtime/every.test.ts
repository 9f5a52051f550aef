import { every } from '../../../src/runtime/every';
import { waitUntil } from '../../support/wait-until';

const fail = (error: unknown): never => {
  throw error;
};

describe('work that repeats', () => {
  it('runs after each pause, until it is stopped', async () => {
    let runs = 0;
    const repeating = every(2, () => Promise.resolve(++runs), fail);
    expect(runs).toBe(0);
    await waitUntil(() => runs >= 3);
    await repeating.stop();
    const runsAtStop = runs;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(runs).toBe(runsAtStop);
  });

  it('never runs beside itself', async () => {
    let atOnce = 0;
    let most = 0;
    let runs = 0;
    const repeating = every(
      1,
      async () => {
        most = Math.max(most, ++atOnce);
        await new Promise((resolve) => setTimeout(resolve, 10));
        atOnce--;
        runs++;
      },
      fail,
    );
    await waitUntil(() => runs >= 3);
    await repeating.stop();
    expect(most).toBe(1);
  });

  it('goes on after it failed, and tells', async () => {
    const errors: unknown[] = [];
    const repeating = every(
      1,
      () => Promise.reject(new Error('gone')),
      (error) => void errors.push(error),
    );
    await waitUntil(() => errors.length >= 2);
    await repeating.stop();
    expect(errors[0]).toEqual(new Error('gone'));
  });

  it('goes on after work that throws before it begins', async () => {
    let errors = 0;
    const broken = (): never => {
      throw new Error('at once');
    };
    const repeating = every(1, broken, () => {
      errors++;
    });
    await waitUntil(() => errors >= 2);
    await repeating.stop();
  });

  it('stops only when the run that is under way has ended', async () => {
    let finish = (): void => undefined;
    let running = false;
    const repeating = every(
      1,
      () => {
        running = true;
        return new Promise<void>((resolve) => (finish = resolve));
      },
      fail,
    );
    await waitUntil(() => running);
    let stopped = false;
    const stopping = repeating.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    finish();
    await stopping;
  });
});
