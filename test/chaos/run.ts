import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { findServices } from '../../src/provision/services';
import type { Form, Scenario, ScenarioResult } from './scenario';
import { broker } from './scenarios/broker';
import { brokerWiped } from './scenarios/broker-wiped';
import { clocks } from './scenarios/clocks';
import { cluster } from './scenarios/cluster';
import { database } from './scenarios/database';
import { failpoints } from './scenarios/failpoints';
import { killLoop } from './scenarios/kill-loop';
import { liveStreams } from './scenarios/live-streams';
import { model } from './scenarios/model';
import { poison } from './scenarios/poison';
import { receiversDown } from './scenarios/receivers-down';
import { rollingRestart } from './scenarios/rolling-restart';
import { soak } from './scenarios/soak';
import { upgrade } from './scenarios/upgrade';

/**
 * `npm run chaos [-- NAME…] [-- --short]`: one JSON line per scenario on standard output; progress on standard error.
 * Exit code 1 when a promise was not kept.
 */
const SCENARIOS: Record<string, Scenario> = {
  'kill-loop': killLoop,
  'failpoints-direct': failpoints(true),
  'failpoints-broker': failpoints(false),
  'rolling-restart': rollingRestart,
  broker,
  'broker-wiped': brokerWiped,
  cluster,
  database,
  'receivers-down': receiversDown,
  poison,
  clocks,
  'live-streams': liveStreams,
  soak,
  model,
  upgrade,
};
/** Those that need something that only who asks for them by name has. */
const ON_REQUEST = ['upgrade'];

async function main(): Promise<boolean> {
  const given = process.argv.slice(2);
  const asked = given.filter((argument) => !argument.startsWith('--'));
  const form: Form = given.includes('--short') ? 'short' : 'long';
  const names =
    asked.length > 0 ? asked : Object.keys(SCENARIOS).filter((name) => !ON_REQUEST.includes(name));
  const unknown = given.filter((argument) => !SCENARIOS[argument] && argument !== '--short');
  if (unknown.length > 0) {
    throw new Error(`no ${unknown.join(', ')}; there are ${Object.keys(SCENARIOS).join(', ')}, and --short`);
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'warren-chaos-'));
  const report = (step: string): void =>
    void process.stderr.write(`${(performance.now() / 1000).toFixed(1).padStart(7)} s  ${step}\n`);
  const servers = await findServices({ dataDir, env: process.env, report });
  let passed = true;
  try {
    for (const name of names) {
      report(`scenario ${name}, ${form}`);
      const startedAtMs = performance.now();
      const result = await run(SCENARIOS[name], { servers, form, report });
      const seconds = Math.round((performance.now() - startedAtMs) / 1000);
      const ok = result.faults.length === 0;
      passed &&= ok;
      const { figures, faults } = result;
      process.stdout.write(`${JSON.stringify({ scenario: name, form, ok, seconds, ...figures, faults })}\n`);
    }
  } finally {
    await servers.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  return passed;
}

/** A scenario that cannot be finished has failed like one whose books do not balance. */
async function run(
  scenario: Scenario | undefined,
  surroundings: Parameters<Scenario>[0],
): Promise<ScenarioResult> {
  try {
    return (await scenario?.(surroundings)) ?? { figures: {}, faults: ['no such scenario'] };
  } catch (error) {
    return { figures: {}, faults: [inspect(error)] };
  }
}

main().then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(
      `chaos: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
