import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBinary, pathFolders } from './machine/find-binary';
import type { DatabaseFlavour } from './machine/machine';
import { greetDatabase } from './probe/mysql-greeting';
import type { Instance, ServerRecipe } from './private-server';
import { ProvisionError } from './provision-error';
import { lastLines, runCommand } from './machine/run-command';

export interface MariadbOptions {
  /** mariadbd, or mysqld of MySQL 8. */
  binary: string;
  flavour: DatabaseFlavour;
  folder: string;
  env: NodeJS.ProcessEnv;
  isRoot: boolean;
}

/** sockaddr_un takes 108 bytes on Linux and 104 on macOS; MySQL puts a `.lock` file beside the socket. */
const LONGEST_SOCKET_PATH_BYTES = 98;

/** MariaDB 10.6+ or MySQL 8+ on loopback with a database `warren`; root logs in without a password. */
export function privateMariadb(options: MariadbOptions): ServerRecipe {
  const { binary, flavour, folder, isRoot } = options;
  const data = join(folder, 'data');
  const env = withoutServerSettings(options.env);
  const asRoot = isRoot ? ['--user=root'] : [];
  return {
    title: flavour,
    binary,
    folder,
    portCount: 1,
    marker: `--datadir=${data}`,
    prepare: async (instance) => {
      writeFileSync(
        join(folder, 'init.sql'),
        'CREATE DATABASE IF NOT EXISTS warren CHARACTER SET utf8mb4;\n',
      );
      if (!existsSync(data)) await initialise({ ...options, env }, data, asRoot);
      makeSocketFolder(socketOf(folder, instance));
    },
    command: (instance) => ({
      command: binary,
      args: [
        '--no-defaults',
        `--datadir=${data}`,
        `--socket=${socketOf(folder, instance)}`,
        `--pid-file=${join(folder, 'server.pid')}`,
        `--port=${portOf(instance)}`,
        '--bind-address=127.0.0.1',
        `--init-file=${join(folder, 'init.sql')}`,
        '--innodb-flush-log-at-trx-commit=1',
        '--innodb-buffer-pool-size=256M',
        '--max-connections=300',
        '--character-set-server=utf8mb4',
        '--performance-schema=0',
        // MySQL alone has the X plugin, on a port of its own, and writes a binary log that nobody here reads.
        ...(flavour === 'MySQL' ? ['--mysqlx=OFF', '--skip-log-bin'] : []),
        ...asRoot,
      ],
      env,
    }),
    isReady: async (instance) => {
      // The port could be anybody's; the socket is ours, and the server opens it only after it got the port.
      const socket = await greetDatabase({ path: socketOf(folder, instance) }, 2_000);
      return (
        socket.answered &&
        (await greetDatabase({ host: '127.0.0.1', port: portOf(instance) }, 2_000)).answered
      );
    },
    cleanUp: (instance) => removeSocketFolder(socketOf(folder, instance)),
    url: (instance) => `mysql://root@127.0.0.1:${portOf(instance)}/warren`,
  };
}

const portOf = ({ ports }: Instance) => ports[0] ?? 0;

function withoutServerSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(MYSQL|MARIADB|MYSQLD)_/.test(name)));
}

/** In the data folder, or in a folder of ours under the system's temporary one when the path would be too long. */
function socketOf(folder: string, { id }: Instance): string {
  const path = join(folder, 'server.sock');
  return Buffer.byteLength(path) <= LONGEST_SOCKET_PATH_BYTES
    ? path
    : join(tmpdir(), `warren-${id}`, 'server.sock');
}

function makeSocketFolder(socket: string): void {
  const folder = dirname(socket);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The temporary folder is everybody's: one that another user made could give them our socket.
  if (process.getuid && statSync(folder).uid !== process.getuid()) {
    throw new ProvisionError(`${folder} belongs to another user: use --data with a shorter path`);
  }
}

function removeSocketFolder(socket: string): void {
  rmSync(socket, { force: true });
  rmSync(`${socket}.lock`, { force: true });
  const folder = dirname(socket);
  if (dirname(folder) === tmpdir()) rmSync(folder, { recursive: true, force: true });
}

/** Makes the empty data aside and moves it in place: a kill in the middle never leaves half of it. */
async function initialise(options: MariadbOptions, data: string, asRoot: string[]): Promise<void> {
  const { folder, env } = options;
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('new-'))) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  const fresh = join(mkdtempSync(join(folder, 'new-')), 'data');
  const [command, ...args] = initialiseCommand(options, fresh);
  const { exitCode, stdout, stderr } = await runCommand(command, [...args, ...asRoot], {
    env,
    timeoutMs: 120_000,
  });
  if (exitCode !== 0) {
    throw new ProvisionError(
      `${command} could not make an empty database in ${folder}. What it said:\n${lastLines(stdout + stderr)}`,
    );
  }
  renameSync(fresh, data);
  rmSync(dirname(fresh), { recursive: true, force: true });
}

function initialiseCommand({ binary, flavour, env }: MariadbOptions, data: string): [string, ...string[]] {
  const start = ['--no-defaults', `--datadir=${data}`];
  if (flavour === 'MySQL') return [binary, ...start, '--initialize-insecure'];
  const script = findInstallScript(binary, env);
  if (!script) {
    throw new ProvisionError(
      `${binary} is there, but mariadb-install-db is not: install the whole mariadb-server`,
    );
  }
  return [script, ...start, '--auth-root-authentication-method=normal', '--skip-test-db'];
}

/** Packages put it on the PATH; an unpacked archive has it in scripts/ beside bin/. */
function findInstallScript(binary: string, env: NodeJS.ProcessEnv): string | null {
  const beside = dirname(binary);
  const folders = [
    beside,
    join(beside, '../bin'),
    join(beside, '../scripts'),
    ...pathFolders(env),
    '/usr/bin',
  ];
  return findBinary(['mariadb-install-db', 'mysql_install_db'], folders);
}
