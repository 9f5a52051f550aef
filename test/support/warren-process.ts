import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { builtFile } from './built-file';
import { waitUntil } from './wait-until';

/** Warren as the operating system sees it. */
export interface WarrenProcess {
  url: string;
  pid: number;
  /** What it wrote to standard error that is no line of its log: warnings of the runtime, traces of crashes. */
  complaints: string[];
  /** How often it has logged this `msg`. */
  logged(msg: string): number;
  /** Resolves with the exit code, or null when the signal ended it. */
  signal(name: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  /** True once it has ended, of itself or not. */
  hasEnded(): boolean;
}

const MAIN = builtFile('src/main.js');

/** `warren serve`, once it says that it has started. Runs what `npm run build` made, or another `main`. */
export async function spawnWarren(env: NodeJS.ProcessEnv, main = MAIN): Promise<WarrenProcess> {
  const child = spawn(process.execPath, [main, 'serve'], {
    env: { PATH: process.env.PATH, ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let url: string | undefined;
  const lastLines: string[] = [];
  const complaints: string[] = [];
  const counts = new Map<string, number>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    if (!line.startsWith('{')) complaints.push(line);
    const msg = /"msg":"([^"]+)"/.exec(line)?.[1];
    if (msg !== undefined) counts.set(msg, (counts.get(msg) ?? 0) + 1);
    if (line.includes('"warren.started"')) ({ url } = JSON.parse(line) as { url: string });
  });
  await waitUntil(() => url !== undefined || child.exitCode !== null || child.signalCode !== null, 120_000);
  if (url === undefined) throw new Error(`warren serve ended:\n${lastLines.join('\n')}`);
  return {
    url,
    pid: child.pid ?? 0,
    complaints,
    logged: (msg) => counts.get(msg) ?? 0,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async signal(name) {
      if (child.exitCode === null && child.signalCode === null) child.kill(name);
      return (await exited)[0];
    },
  };
}

/** Another command of the same program, to its end. `output` is its answer; the log goes to standard error. */
export async function runWarren(
  command: string,
  env: NodeJS.ProcessEnv,
  ...options: string[]
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [MAIN, command, ...options], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
