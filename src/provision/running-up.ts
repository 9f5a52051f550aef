import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProcess } from './machine/processes';

/**
 * What a running `up` was started with, in `<dataDir>/running.json` (mode 0600), so that `doctor` beside it needs no
 * environment. Keys are left out: they are in keys.json, or with whoever set them.
 */
interface Note {
  pid: number;
  startedAt: string;
  env: Record<string, string>;
}

const KEYS = ['WARREN_OPERATOR_KEY', 'WARREN_MASTER_KEYS'];
const fileIn = (dataDir: string): string => join(dataDir, 'running.json');
const isOurs = (name: string): boolean => /^WARREN_|^(AMQP|DATABASE)_URL$/.test(name) && !KEYS.includes(name);

/** Until the function that it returns is called, or the process is gone. */
export function noteRunning(dataDir: string, env: NodeJS.ProcessEnv): () => void {
  const mine = JSON.stringify({
    pid: process.pid,
    startedAt: findProcess(process.pid)?.startedAt ?? '',
    env: Object.fromEntries(
      Object.entries(env).filter(([name, value]) => value !== undefined && isOurs(name)),
    ),
  });
  // A file that is there keeps its mode, whoever made it.
  rmSync(fileIn(dataDir), { force: true });
  writeFileSync(fileIn(dataDir), mine, { mode: 0o600 });
  return () => {
    if (readText(fileIn(dataDir)) === mine) rmSync(fileIn(dataDir), { force: true });
  };
}

/** The environment of the `up` that runs on this folder, or undefined. */
export function environmentOfRunning(dataDir: string): Record<string, string> | undefined {
  const note = parse(readText(fileIn(dataDir)));
  // A pid that belongs to another process by now says nothing.
  if (!note || findProcess(note.pid)?.startedAt !== note.startedAt) return undefined;
  return note.env;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Written by ourselves, so it is whole or no JSON at all. */
function parse(text: string | undefined): Note | undefined {
  try {
    return JSON.parse(text ?? '') as Note;
  } catch {
    return undefined;
  }
}
