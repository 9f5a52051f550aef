import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findServices } from '../../src/provision/services';
import { ensureChromium } from './browser/find-chromium';

/**
 * `npm test`: finds or starts a broker and a database, then runs jest with their urls; more arguments go to jest. Each
 * test file takes a database and a namespace of its own on them.
 */
async function main(): Promise<void> {
  const root = resolve(__dirname, '../../..');
  const dataDir = mkdtempSync(join(tmpdir(), 'warren-test-'));
  const giveUp = new AbortController();
  const onSignal = (): void => giveUp.abort(new Error('stopped'));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const report = (step: string): void => void process.stderr.write(`  ${step}\n`);
  const chromium = ensureChromium(process.env, report);
  const services = await findServices({ dataDir, env: process.env, report, signal: giveUp.signal });
  try {
    process.exitCode = await runJest(root, {
      ...process.env,
      ...(chromium === undefined ? {} : { CHROMIUM: chromium }),
      AMQP_URL: services.amqpUrl,
      DATABASE_URL: services.databaseUrl,
    });
  } finally {
    await services.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function runJest(root: string, env: NodeJS.ProcessEnv): Promise<number> {
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  // A test that fails half-way may leave a connection open; the run must end all the same.
  const args = [jest, '-c', join(root, 'test/jest.config.cjs'), '--forceExit', ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
}

main().catch((error: unknown) => {
  process.stderr.write(`npm test: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
