import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServices } from '../../src/provision/services';
import { burst } from './burst';
import { filters } from './filters';
import { latency } from './latency';
import { lists } from './lists';
import { live } from './live';
import { hanging } from './neighbours/hanging';
import { healthy } from './neighbours/healthy';
import { held } from './neighbours/held';
import { order } from './neighbours/order';
import { rateLimit } from './neighbours/rate-limit';
import { pipe } from './pipe';
import { replayBesideLive } from './replay-beside-live';
import { stats } from './stats';
import type { Bench } from './setting';

/**
 * `npm run bench [-- NAME…]`: one JSON line per scenario on standard output; progress on standard error. A name stands
 * for its parts, too: `neighbours` for all of `neighbours.hanging`, `neighbours.order` and so on.
 */
const SCENARIOS: Record<string, Bench> = {
  pipe,
  latency,
  burst,
  // Beside the main way:
  live,
  'neighbours.hanging': hanging,
  'neighbours.held': held,
  'neighbours.healthy': healthy,
  'neighbours.rate-limit': rateLimit,
  'neighbours.order': order,
  'replay-beside-live': replayBesideLive,
  filters,
  stats,
  lists,
};

async function main(): Promise<void> {
  const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const all = Object.keys(SCENARIOS);
  const isMeant = (name: string, by: string): boolean => name === by || name.startsWith(`${by}.`);
  const unknown = asked.filter((by) => !all.some((name) => isMeant(name, by)));
  const names = asked.length === 0 ? all : all.filter((name) => asked.some((by) => isMeant(name, by)));
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
