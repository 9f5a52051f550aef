import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { builtFile } from './built-file';

/** A command of `warren` as somebody runs it in a terminal, though nobody looks: neither end is a terminal. */
export interface CommandLine {
  /** Lines of standard output so far. */
  lines: string[];
  /** Standard error so far. */
  complaints: () => string;
  signal(name: 'SIGINT' | 'SIGTERM'): void;
  /** The exit code, once both outputs have ended. */
  ended: Promise<number | null>;
}

export interface Ended {
  code: number | null;
  lines: string[];
  complaints: string;
}

/** Starts a built `warren`; nothing of this process's environment reaches it but PATH. */
export function startCommand(args: readonly string[], env: NodeJS.ProcessEnv, input = ''): CommandLine {
  const child = spawn(process.execPath, [builtFile('src/main.js'), ...args], {
    // A home without settings of its own.
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
  });
  const lines: string[] = [];
  let complaints = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  // A command that fails at once does not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return {
    lines,
    complaints: () => complaints,
    signal: (name) => void child.kill(name),
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
}

export async function runCommand(...start: Parameters<typeof startCommand>): Promise<Ended> {
  const command = startCommand(...start);
  const code = await command.ended;
  return { code, lines: command.lines, complaints: command.complaints() };
}
