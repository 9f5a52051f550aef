/** npm passes on the signal that the terminal has sent already: what comes this soon after is the same key press. */
const SAME_PRESS_MS = 2000;

/** The first SIGINT or SIGTERM stops in order; a later one does not wait. */
export function stopOnSignals(stop: () => Promise<void>): void {
  let firstAtMs: number | undefined;
  const onSignal = (): void => {
    if (firstAtMs !== undefined) {
      if (performance.now() - firstAtMs > SAME_PRESS_MS) process.exit(130);
      return;
    }
    firstAtMs = performance.now();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`warren: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  onParentGone(onSignal);
}

const PARENT_CHECK_MS = 500;

/** npm dies of a SIGTERM without passing it on: what it ran must notice by itself. */
function onParentGone(act: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, PARENT_CHECK_MS);
  timer.unref();
}
