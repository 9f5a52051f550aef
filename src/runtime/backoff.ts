import { setTimeout as sleep } from 'node:timers/promises';
import { isAborted } from './is-aborted';

export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/** Doubling delays with full jitter above a half; `attempt` counts from 0. */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs }: Backoff,
  random: number = Math.random(),
): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

/**
 * Runs `work` until it succeeds or `signal` aborts; then the last error is thrown. For work that must happen and may
 * happen twice.
 */
export async function retryUntilDone<T>(
  work: () => Promise<T>,
  options: Backoff & { signal: AbortSignal; onFailure: (error: unknown, attempt: number) => void },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      options.onFailure(error, attempt);
      if (isAborted(options.signal)) throw error;
      await sleep(backoffMs(attempt, options), undefined, { signal: options.signal }).catch(() => undefined);
      if (isAborted(options.signal)) throw error;
    }
  }
}
