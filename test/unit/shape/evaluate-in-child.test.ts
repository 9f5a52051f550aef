import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { RUNNER_DEFAULTS } from '../../../src/shape/expression-runner';
import { waitUntil } from '../../support/wait-until';

const PROGRAM = join(__dirname, '../../../src/shape/evaluate-in-child.cjs');
const ENDLESS = {
  expression: '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)',
  input: '{}',
};

/** A parent that gives its child endless work, and then says the child's id. */
const PARENT = `
  const child = require('node:child_process').fork(${JSON.stringify(PROGRAM)}, [${JSON.stringify(JSON.stringify(RUNNER_DEFAULTS))}],
    { env: {}, serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.once('message', () => child.send(${JSON.stringify(ENDLESS)}, () => console.log(child.pid)));
`;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('does not outlive its parent, not even in an endless regex', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  parent.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await waitUntil(() => said.endsWith('\n'));
  const pid = Number(said);
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await waitUntil(() => !isAlive(pid));
});
