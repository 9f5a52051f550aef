import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import fc from 'fast-check';
import 'reflect-metadata';
import { findServices } from '../../src/provision/services';
import { amqpMessages } from './amqp-messages';
import { eventPatterns } from './event-patterns';
import { inboundBodies } from './inbound-bodies';
import { portalInputs } from './portal-inputs';
import type { OpenTarget } from './target';

const NEEDS_DATABASE = 'graphql-inputs';

/**
 * `npm run fuzz [-- --minutes 60] [--seed N] [TARGET…]`: one JSON line per property on standard output when its time is
 * over, or as soon as it fails, with the seed and the smallest input that fails. Exit code 1 when one failed.
 */
const TARGETS: Record<string, OpenTarget> = {
  'amqp-messages': amqpMessages,
  'event-patterns': eventPatterns,
  'portal-inputs': portalInputs,
  'inbound-bodies': inboundBodies,
  [NEEDS_DATABASE]: async () => (await import('./graphql-inputs.js')).graphqlInputs(),
};

const DEFAULT_MINUTES = 5;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { minutes: { type: 'string' }, seed: { type: 'string' } },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
  const unknown = names.filter((name) => !TARGETS[name]);
  if (unknown.length > 0)
    throw new Error(`no target ${unknown.join(', ')}; there are ${Object.keys(TARGETS).join(', ')}`);
  const minutes = Number(values.minutes ?? DEFAULT_MINUTES);
  if (!(minutes > 0)) throw new Error('--minutes is a number above 0');
  const seed = Number(values.seed ?? Math.floor(Math.random() * 0x7fffffff));
  say(`fuzz: seed ${seed}, ${minutes} minutes`);
  const forMs = (minutes * 60_000) / names.length;
  const all = async (): Promise<boolean> => {
    let passed = true;
    for (const name of names) passed = (await fuzz(name, { seed, forMs })) && passed;
    return passed;
  };
  return names.includes(NEEDS_DATABASE) ? withDatabase(all) : all();
}

/** Gives each property of a target its share of the time. */
async function fuzz(name: string, { seed, forMs }: { seed: number; forMs: number }): Promise<boolean> {
  const target = await TARGETS[name]?.();
  if (!target) return false;
  const properties = Object.entries(target.properties);
  let passed = true;
  try {
    for (const [property, check] of properties) {
      say(`fuzz: ${name}: ${property}`);
      const startedAtMs = performance.now();
      const result = await fc.check(check, {
        seed,
        numRuns: Number.MAX_SAFE_INTEGER,
        interruptAfterTimeLimit: Math.round(forMs / properties.length),
      });
      passed &&= !result.failed;
      const seconds = Math.round((performance.now() - startedAtMs) / 1000);
      const line = { target: name, property, ok: !result.failed, seed, runs: result.numRuns, seconds };
      process.stdout.write(`${JSON.stringify({ ...line, ...failureOf(result) })}\n`);
    }
  } finally {
    await target.close();
  }
  return passed;
}

/** What makes it fail again: `fc.check(property, { seed, path })`. */
function failureOf({ failed, counterexamplePath, counterexample, errorInstance }: fc.RunDetails<unknown>) {
  if (!failed) return {};
  return {
    path: counterexamplePath,
    input: inspect(counterexample, { depth: 20, maxStringLength: 2000, breakLength: Infinity }),
    error: inspect(errorInstance),
  };
}

/** That of the environment, or of this machine, or one that is started for it. */
async function withDatabase(work: () => Promise<boolean>): Promise<boolean> {
  if (process.env.DATABASE_URL) return work();
  const dataDir = mkdtempSync(join(tmpdir(), 'warren-fuzz-'));
  const servers = await findServices({ dataDir, env: process.env, report: say });
  process.env.DATABASE_URL = servers.databaseUrl;
  try {
    return await work();
  } finally {
    await servers.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

main().then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: unknown) => {
    say(`fuzz: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(1);
  },
);
