import { linkSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findProcess } from './machine/processes';
import { ProvisionError } from './provision-error';

/** Where `up` keeps everything of one installation. */
export interface DataDir {
  /** Absolute, without symbolic links: command lines of our servers are recognised by it. */
  root: string;
  rabbitmq: string;
  mariadb: string;
  docker: string;
  lockFile: string;
}

export interface DataDirLock {
  release(): void;
}

/** Makes the folder when it is missing. Throws a ProvisionError when it cannot be written. */
export function openDataDir(path: string): DataDir {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ProvisionError(
      `cannot make the data folder ${resolve(path)}: choose another one with --data DIR`,
      { cause: error },
    );
  }
  const root = realpathSync(path);
  return {
    root,
    rabbitmq: join(root, 'rabbitmq'),
    mariadb: join(root, 'mariadb'),
    docker: join(root, 'docker'),
    lockFile: join(root, 'lock.json'),
  };
}

/**
 * Takes the data folder for this process until `release()`. A lock whose process is gone (or whose pid belongs to
 * another process by now) is taken over. Throws a ProvisionError that names the owner otherwise.
 */
export function lockDataDir(dir: DataDir): DataDirLock {
  const mine = JSON.stringify({ pid: process.pid, startedAt: findProcess(process.pid)?.startedAt });
  for (let tries = 0; tries < 20; tries++) {
    if (createOnce(dir.lockFile, mine)) {
      return {
        release: () => {
          if (readText(dir.lockFile) === mine) rmSync(dir.lockFile, { force: true });
        },
      };
    }
    const found = readText(dir.lockFile);
    if (found === null) continue;
    const owner = livingOwner(found);
    if (owner !== null) throw busy(dir, owner);
    removeStale(dir.lockFile, found);
  }
  throw new ProvisionError(`cannot lock the data folder ${dir.root}: remove ${dir.lockFile} and try again`);
}

function busy(dir: DataDir, pid: number): ProvisionError {
  return new ProvisionError(
    `Warren is already running on ${dir.root}, pid ${pid}. ` +
      'Stop it first, or use --data DIR (another data folder) together with --port N.',
  );
}

function createOnce(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    // A link, unlike a write, shows the whole text at once: nobody reads a lock without its owner.
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves the stale lock away; puts it back when another process renewed it in the meantime. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readText(aside) !== stale) linkSync(aside, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function livingOwner(lock: string): number | null {
  try {
    const { pid, startedAt } = JSON.parse(lock) as { pid: number; startedAt?: string };
    const owner = findProcess(pid);
    return owner && (startedAt === undefined || owner.startedAt === startedAt) ? pid : null;
  } catch {
    // Half a lock file is what a full disk or a power cut leaves: nobody's.
    return null;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
