import { setTimeout as sleep } from 'node:timers/promises';

/** Polls a condition; true once it holds, false when the time is up. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, pauseMs }: { timeoutMs: number; pauseMs: number },
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await sleep(pauseMs);
  }
  return true;
}
