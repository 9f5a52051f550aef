import { execFile } from 'node:child_process';

export interface CommandResult {
  /** null when the command could not be started, timed out or died of a signal. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
}

export type RunCommand = (command: string, args: string[], options: CommandOptions) => Promise<CommandResult>;

/** Runs a short command to its end. Never throws: a command that cannot run is a result like any other. */
export const runCommand: RunCommand = (command, args, { env, timeoutMs }) =>
  new Promise((resolve) => {
    const limits = { env, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 };
    execFile(command, args, limits, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ exitCode, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });

/** The last lines of what a command said, for an error message. */
export function lastLines(text: string, count = 15): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
