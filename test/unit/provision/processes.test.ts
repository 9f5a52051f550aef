import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { findProcess, processesWith, signalProcess } from '../../../src/provision/machine/processes';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function sleeper(...marks: string[]): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', '--', ...marks]);
  started.push(child);
  return child;
}

it('finds a process by whole arguments of its command line only', async () => {
  const folder = `/test/${randomUUID()}`;
  const child = sleeper(`--warren-mark=${folder}2`, '--home', folder);
  await once(child, 'spawn');
  expect(processesWith(`--warren-mark=${folder}2`).map(({ pid }) => pid)).toEqual([child.pid]);
  expect(processesWith(`--home ${folder}`).map(({ pid }) => pid)).toEqual([child.pid]);
  expect(processesWith(`--warren-mark=${folder}`)).toEqual([]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(processesWith(`--warren-mark=${folder}2`)).toEqual([]);
});

it('knows a process by its start as well as its pid', async () => {
  const own = findProcess(process.pid);
  expect(own?.startedAt).toBe(findProcess(process.pid)?.startedAt);
  const child = sleeper();
  await once(child, 'spawn');
  expect(findProcess(child.pid ?? 0)?.startedAt).not.toBe(own?.startedAt);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(findProcess(child.pid ?? 0)).toBeNull();
});

/** Only /proc tells a zombie from a process that lives. */
const onLinux = existsSync('/proc/self/stat') ? it : it.skip;

onLinux('counts a zombie as gone', async () => {
  // The shell starts a child, then becomes a program that never waits for it.
  const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60']);
  started.push(parent);
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const zombie = Number(line.toString());
  while (findProcess(zombie)) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(() => process.kill(zombie, 0)).not.toThrow();
});

it('does not mind a signal to a process that is gone', async () => {
  const child = sleeper();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(() => signalProcess(child.pid ?? 0, 'SIGTERM')).not.toThrow();
});
