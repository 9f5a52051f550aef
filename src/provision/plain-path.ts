import { mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProvisionError } from './provision-error';

/** sockaddr_un takes 108 bytes on Linux and 104 on macOS; this leaves room for a file name in the folder. */
const LONGEST_FOLDER_BYTES = 80;

/**
 * A path to `folder` that servers can take: short enough for Unix sockets and without blanks or quotes, which
 * mariadb-install-db and RabbitMQ's disk monitor pass to a shell unquoted. The folder's own path when that is so,
 * otherwise that of a link in the system's temporary folder (`makePlainPath` makes it).
 */
export function plainPath(folder: string, id: string): string {
  const isPlain = /^[\w./@+-]*$/.test(folder) && Buffer.byteLength(folder) <= LONGEST_FOLDER_BYTES;
  return isPlain ? folder : join(linkHome(id), 'data');
}

/** Throws a ProvisionError when the place of the link belongs to somebody else. */
export function makePlainPath(folder: string, id: string): void {
  const path = plainPath(folder, id);
  if (path === folder) return;
  mkdirSync(linkHome(id), { recursive: true, mode: 0o700 });
  // The temporary folder is everybody's: one that another user made would give them our data.
  if (process.getuid && statSync(linkHome(id)).uid !== process.getuid()) {
    throw new ProvisionError(
      `${linkHome(id)} belongs to another user: choose a data folder with a shorter path`,
    );
  }
  rmSync(path, { force: true });
  symlinkSync(folder, path);
}

export function removePlainPath(folder: string, id: string): void {
  if (plainPath(folder, id) !== folder) rmSync(linkHome(id), { recursive: true, force: true });
}

const linkHome = (id: string) => join(tmpdir(), `warren-${id}`);
