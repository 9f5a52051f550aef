import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcess, listProcesses, signalProcess, type ProcessInfo } from './machine/processes';
import { ProvisionError } from './provision-error';
import { lastLines } from './machine/run-command';

const POLL_INTERVAL_MS = 50;

export interface Child {
  /** How it ended ("exit code 1"), or null while it runs. */
  ending(): string | null;
  /** SIGTERM, then SIGKILL once the deadline has passed; returns when nothing of it is left. */
  stop(deadlineMs: number): Promise<void>;
}

export interface ChildSpec {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Takes stdout and stderr; a file, so that the child outlives us without losing its output. */
  logFile: string;
}

/**
 * Starts a server in a process group of its own: Ctrl-C in the terminal reaches us and not the server, so that we
 * stop it in order. The group also lets the hard stop reach what the server started (a shell's real program).
 */
export function startChild(spec: ChildSpec): Child {
  const log = openSync(spec.logFile, 'w', 0o600);
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ending: string | null = null;
  child.once('error', (error) => (ending ??= error.message));
  child.once(
    'exit',
    (code, signal) => (ending ??= signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`),
  );
  child.unref();

  return {
    ending: () => ending,
    stop: async (deadlineMs) => {
      const { pid } = child;
      if (pid === undefined) return;
      const isGone = () => ending !== null && !groupLives(pid);
      // Only the leader: a RabbitMQ script passes the signal on and waits for its broker.
      if (ending === null) signalProcess(pid, 'SIGTERM');
      if (await becomesTrue(isGone, deadlineMs)) return;
      signalProcess(-pid, 'SIGKILL');
      await becomesTrue(isGone, 2_000);
    },
  };
}

/** A server that an earlier run of ours left behind. It is not our child, so we look for it instead of waiting. */
export function adoptChild(left: readonly ProcessInfo[]): Child {
  const living = () => left.filter(({ pid, startedAt }) => findProcess(pid)?.startedAt === startedAt);
  const isGone = () => living().length === 0;
  return {
    ending: () => (isGone() ? 'it is gone' : null),
    stop: async (deadlineMs) => {
      for (const { pid } of living()) signalProcess(pid, 'SIGTERM');
      if (await becomesTrue(isGone, deadlineMs)) return;
      for (const { pid } of living()) signalProcess(pid, 'SIGKILL');
      await becomesTrue(isGone, 2_000);
    },
  };
}

export interface ReadyOptions {
  child: Child;
  /** For the error, e.g. "RabbitMQ". */
  title: string;
  logFile: string;
  isReady: () => Promise<boolean>;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** Returns when `isReady`. Throws a ProvisionError with the end of the log when the child ends first or is too slow. */
export async function waitUntilReady(options: ReadyOptions): Promise<void> {
  const { child, title, logFile, timeoutMs, signal } = options;
  const fail = (what: string) =>
    new ProvisionError(`${title} ${what}. The end of its log, ${logFile}:\n${tailOf(logFile)}`);
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const ending = child.ending();
    if (ending !== null) throw fail(`stopped while starting (${ending})`);
    if (await options.isReady()) return;
    if (Date.now() > deadline) throw fail(`did not get ready within ${timeoutMs / 1000} s`);
    await sleep(POLL_INTERVAL_MS);
  }
}

function tailOf(file: string): string {
  try {
    return lastLines(readFileSync(file, 'utf8')) || '(empty)';
  } catch {
    return '(there is none)';
  }
}

function groupLives(processGroup: number): boolean {
  try {
    process.kill(-processGroup, 0);
  } catch {
    return false;
  }
  // Zombies that nobody reaps (a container without an init) keep the group alive for kill, but not for us.
  return listProcesses().some((found) => found.processGroup === processGroup);
}

async function becomesTrue(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_INTERVAL_MS);
  }
  return true;
}
