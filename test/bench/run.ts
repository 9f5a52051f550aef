import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServices } from '../../src/provision/services';
import { SCENARIOS, scenariosOf } from './scenarios';

/** `npm run bench [-- NAME… FLAG…]`: one JSON line per scenario on standard output; progress on standard error. */
async function main(): Promise<void> {
  const names = scenariosOf(process.argv.slice(2));
  const dataDir = mkdtempSync(join(tmpdir(), 'warren-bench-'));
  const report = (step: string): void => void process.stderr.write(`${step}\n`);
  const services = await findServices({ dataDir, env: process.env, report });
  try {
    for (const name of names) {
      report(`scenario ${name}`);
      const bench = await SCENARIOS[name]?.();
      const result = await bench?.({ ...services, report });
      process.stdout.write(`${JSON.stringify({ scenario: name, ...result })}\n`);
    }
  } finally {
    await services.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
