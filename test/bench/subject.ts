import { startApp } from '../../src/app';
import { readConfig } from '../../src/config';
import { makeLogger, openLog } from '../../src/runtime/logger';

/** Warren in a process of its own, all roles, logging as in production but to nowhere. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const app = await startApp(config, makeLogger(config.logLevel, openLog('/dev/null')));
  process.on('message', (message) => {
    if (message === 'usage') {
      const { user, system } = process.cpuUsage();
      process.send?.({ cpuMicros: user + system, rssBytes: process.memoryUsage().rss });
    }
    if (message === 'memory') {
      globalThis.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      process.send?.({ liveBytes: heapUsed + external });
    }
    if (message === 'stop') void app.stop().then(() => process.exit(0));
  });
  // Whoever started it has failed: nothing of it stays behind.
  process.on('disconnect', () => process.exit(1));
  process.send?.({ url: app.url, pid: process.pid });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
  process.exit(1);
});
