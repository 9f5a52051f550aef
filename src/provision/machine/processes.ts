import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  pid: number;
  processGroup: number;
  /** Opaque; differs between two processes that got the same pid one after the other. */
  startedAt: string;
  /** The command line, its arguments joined with single spaces. */
  command: string;
}

/** The process with this pid, or null. A zombie has ended: it counts as gone, although kill(pid, 0) succeeds. */
export function findProcess(pid: number): ProcessInfo | null {
  if (hasProcFolder()) return readProcEntry(pid);
  return listWithPs(['-p', String(pid)])[0] ?? null;
}

/** Every living process that we may see. */
export function listProcesses(): ProcessInfo[] {
  if (!hasProcFolder()) return listWithPs(['-A']);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcEntry(Number(name)))
    .filter((found) => found !== null);
}

/** Living processes whose command line holds `marker` as whole arguments, e.g. `--datadir=/x/data`. */
export function processesWith(marker: string): ProcessInfo[] {
  return listProcesses().filter(({ command }) => ` ${command} `.includes(` ${marker} `));
}

/** Sends a signal to a process (or, negative, to a group); one that has ended already is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const hasProcFolder = () => existsSync('/proc/self/stat');

function readProcEntry(pid: number): ProcessInfo | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): pid (comm) state ppid pgrp …; comm may hold spaces and parentheses, so count from its end.
    const [state, , processGroup, ...later] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').replaceAll('\0', ' ');
    return { pid, processGroup: Number(processGroup), startedAt: later[16] ?? '', command };
  } catch {
    // It ended between the listing and the reading.
    return null;
  }
}

function listWithPs(selection: string[]): ProcessInfo[] {
  const line = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/;
  return psOutput([...selection, '-ww', '-o', 'pid=,pgid=,stat=,lstart=,command='])
    .split('\n')
    .map((text) => line.exec(text))
    .filter((match) => match !== null && !match[3]?.startsWith('Z'))
    .map((match) => ({
      pid: Number(match?.[1]),
      processGroup: Number(match?.[2]),
      startedAt: match?.[4] ?? '',
      command: match?.[5] ?? '',
    }));
}

function psOutput(args: string[]): string {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    // `ps -p` of a process that is gone exits 1 and prints nothing.
    if ((error as { status?: unknown }).status === 1) return '';
    throw error;
  }
}
