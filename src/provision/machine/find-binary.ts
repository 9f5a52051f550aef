import { accessSync, constants, openSync, readSync, closeSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folders of the PATH variable, in order. */
export function pathFolders(env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** The first executable file of the first name that any of the folders has. Null when none has one. */
export function findBinary(
  names: readonly string[],
  folders: readonly string[],
  accept: (file: string) => boolean = () => true,
): string | null {
  for (const name of names) {
    const found = folders
      .map((folder) => join(folder, name))
      .find((file) => isExecutable(file) && accept(file));
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * False for the scripts that distributions put before rabbitmq-server: those change to the user `rabbitmq`, who may
 * not write our data folder, or refuse to run at all.
 */
export function keepsTheUser(file: string): boolean {
  return !/\b(su|runuser|setpriv|sudo)\b.*\brabbitmq\b/.test(headOf(file));
}

function headOf(file: string): string {
  const head = Buffer.alloc(8 * 1024);
  const descriptor = openSync(file, 'r');
  try {
    return head.toString('latin1', 0, readSync(descriptor, head, 0, head.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
