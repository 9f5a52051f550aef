import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBinary, keepsTheUser, pathFolders } from './find-binary';
import { runCommand, type RunCommand } from './run-command';

/** What the search for servers may know of the machine; tests pass one that has nothing. */
export interface Machine {
  platform: NodeJS.Platform;
  isRoot: boolean;
  /** Where packages put the servers besides the PATH. */
  usualFolders: readonly string[];
  /** docker/compose.yaml of this installation, or null. */
  composeFile: string | null;
  run: RunCommand;
}

export type DatabaseFlavour = 'MariaDB' | 'MySQL';

export interface DatabaseBinary {
  binary: string;
  flavour: DatabaseFlavour;
}

const USUAL_FOLDERS = [
  // Debian's and Red Hat's real RabbitMQ scripts; the ones in /usr/sbin change user.
  '/usr/lib/rabbitmq/bin',
  '/opt/rabbitmq/sbin',
  '/opt/homebrew/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
  '/home/linuxbrew/.linuxbrew/opt/rabbitmq/sbin',
  // An ordinary user's PATH often lacks the sbin folders.
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/libexec',
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/opt/homebrew/opt/mariadb/bin',
  '/opt/homebrew/opt/mysql/bin',
  '/usr/local/opt/mariadb/bin',
  '/usr/local/opt/mysql/bin',
  '/usr/local/mariadb/bin',
  '/usr/local/mysql/bin',
  '/home/linuxbrew/.linuxbrew/bin',
];

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    usualFolders: USUAL_FOLDERS,
    composeFile: findComposeFile(),
    run: runCommand,
  };
}

/** Beside the nearest package.json above this file, wherever that was compiled to. */
function findComposeFile(): string | null {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const file = join(folder, 'docker', 'compose.yaml');
    return existsSync(file) ? file : null;
  }
  return null;
}

/** The rabbitmq-server that runs as the user who starts it, or null. */
export function findRabbitmq(machine: Machine, env: NodeJS.ProcessEnv): string | null {
  return findBinary(['rabbitmq-server'], [...machine.usualFolders, ...pathFolders(env)], keepsTheUser);
}

/** A database server that is new enough; otherwise why not ("mysqld 5.7.44 is too old"), for the error message. */
export async function findDatabase(
  machine: Machine,
  env: NodeJS.ProcessEnv,
): Promise<DatabaseBinary | string> {
  const binary = findBinary(['mariadbd', 'mysqld'], [...pathFolders(env), ...machine.usualFolders]);
  if (!binary) return 'neither mariadbd nor mysqld is installed';
  const { stdout } = await machine.run(binary, ['--no-defaults', '--version'], { env, timeoutMs: 10_000 });
  const version = /Ver (\d+)\.(\d+)\.\d+/.exec(stdout);
  if (!version) return `${binary} does not tell its version`;
  const flavour: DatabaseFlavour = /mariadb/i.test(stdout) ? 'MariaDB' : 'MySQL';
  const number = Number(version[1]) * 100 + Number(version[2]);
  const oldest = flavour === 'MariaDB' ? 1006 : 800;
  return number >= oldest ? { binary, flavour } : `${binary} is too old (${version[0].slice(4)})`;
}
