import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptChild, startChild, waitUntilReady, type Child } from '../../../src/provision/child';
import { findProcess, processesWith } from '../../../src/provision/machine/processes';

let folder: string;
let logFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-child-'));
  logFile = join(folder, 'log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (command: string, ...args: string[]): Child =>
  startChild({ command, args, env: process.env, cwd: folder, logFile });
const log = () => readFileSync(logFile, 'utf8');
const logHas = (text: string) => () => Promise.resolve(log().includes(text));
const ready = (child: Child, isReady: () => Promise<boolean>, timeoutMs = 5_000, signal?: AbortSignal) =>
  waitUntilReady({ child, title: 'The server', logFile, isReady, timeoutMs, signal });
const never = () => Promise.resolve(false);

describe('waiting for a server', () => {
  it('ends when the server is ready', async () => {
    const child = start('sh', '-c', 'echo up; exec sleep 60');
    await ready(child, logHas('up'));
    expect(child.ending()).toBeNull();
    await child.stop(2_000);
    expect(child.ending()).toBe('signal SIGTERM');
  });

  it('fails at once with the end of the log when the server stops first', async () => {
    const child = start('sh', '-c', 'echo cannot open the data >&2; exit 3');
    await expect(ready(child, never)).rejects.toThrow(
      /The server stopped while starting \(exit code 3\).*\ncannot open the data/,
    );
  });

  it('fails when the program is not there', async () => {
    await expect(ready(start(join(folder, 'nothing')), never)).rejects.toThrow(/ENOENT/);
  });

  it('fails with the end of the log when the server takes too long', async () => {
    const child = start('sh', '-c', 'echo still reading; exec sleep 60');
    await ready(child, logHas('still'));
    await expect(ready(child, never, 50)).rejects.toThrow(/did not get ready within 0.05 s.*\nstill reading/);
    await child.stop(2_000);
  });

  it('is given up when told to', async () => {
    const child = start('sleep', '60');
    const signal = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(ready(child, never, 5_000, signal)).rejects.toThrow('Ctrl-C');
    await child.stop(2_000);
  });
});

describe('stopping a server', () => {
  it('kills it, and what it started, once it has ignored the request for too long', async () => {
    const mark = `--warren-mark=${folder}`;
    const stubborn =
      "process.on('SIGTERM', () => console.log('no')); console.log('up'); setInterval(() => {}, 1e6)";
    const child = start('sh', '-c', `trap '' TERM; "${process.execPath}" -e "${stubborn}" -- ${mark}; true`);
    await ready(child, logHas('up'));
    await child.stop(200);
    expect(child.ending()).toBe('signal SIGKILL');
    expect(processesWith(mark)).toEqual([]);
  });

  it('does not reach it with a signal for our own group', async () => {
    const child = start('sh', '-c', 'echo $$; exec sleep 60');
    await ready(child, logHas('\n'));
    const pid = Number(log());
    expect(findProcess(pid)?.processGroup).toBe(pid);
    await child.stop(2_000);
  });

  it('works on one that another process started', async () => {
    const foreign = spawn('sleep', ['60']);
    await once(foreign, 'spawn');
    const found = findProcess(foreign.pid ?? 0);
    const child = adoptChild(found ? [found] : []);
    expect(child.ending()).toBeNull();
    await child.stop(2_000);
    expect(child.ending()).not.toBeNull();
  });

  it('leaves a process alone that only has the pid of the one it adopted', async () => {
    const foreign = spawn('sleep', ['60']);
    await once(foreign, 'spawn');
    const found = findProcess(foreign.pid ?? 0);
    const child = adoptChild(found ? [{ ...found, startedAt: 'before that' }] : []);
    await child.stop(200);
    expect(findProcess(foreign.pid ?? 0)).not.toBeNull();
    foreign.kill('SIGKILL');
  });
});
