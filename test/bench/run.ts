import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServices } from '../../src/provision/services';
import { burst } from './burst';
import { filters } from './filters';
import { latency } from './latency';
import { live } from './live';
import { neighbours } from './neighbours';
import { pipe } from './pipe';
import { replayBesideLive } from './replay-beside-live';
import { stats } from './stats';
import type { Bench } from './setting';

/** `npm run bench [-- NAME…]`: one JSON line per scenario on standard output; progress on standard error. */
const SCENARIOS: Record<string, Bench> = {
  pipe,
  latency,
  burst,
  // Beside the main way:
  live,
  neighbours,
  'replay-beside-live': replayBesideLive,
  filters,
  stats,
};

async function main(): Promise<void> {
  const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const names = asked.length > 0 ? asked : Object.keys(SCENARIOS);
  const unknown = names.filter((name) => !SCENARIOS[name]);
  if (unknown.length > 0) {
    throw new Error(`no scenario ${unknown.join(', ')}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'warren-bench-'));
  const report = (step: string): void => void process.stderr.write(`${step}\n`);
  const services = await findServices({ dataDir, env: process.env, report });
  try {
    for (const name of names) {
      report(`scenario ${name}`);
      const result = await SCENARIOS[name]?.({ ...services, report });
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
