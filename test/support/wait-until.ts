const PAUSE_MS = 5;
/** Who asks a server again and again takes the time that it needs for its answer. */
const LONGEST_PAUSE_MS = 60;

/** Resolves as soon as the condition holds; fails, with the condition's text, when it does not within the time. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let pauseMs = PAUSE_MS;
  for (let found = condition(); !(await found); found = condition()) {
    if (performance.now() > deadline)
      throw new Error(`not so after ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (typeof found !== 'boolean') pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.3);
  }
}
