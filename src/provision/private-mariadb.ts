import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findBinary, pathFolders } from './machine/find-binary';
import type { DatabaseFlavour } from './machine/machine';
import { greetDatabase } from './probe/mysql-greeting';
import { makePlainPath, plainPath, removePlainPath } from './plain-path';
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

/** MariaDB 10.6+ or MySQL 8+ on loopback with a database `warren`; root logs in without a password. */
export function privateMariadb(options: MariadbOptions): ServerRecipe {
  const { binary, flavour, folder, isRoot } = options;
  const data = join(folder, 'data');
  const temporary = join(folder, 'tmp');
  // A starting server deletes what is left of temporary tables where it keeps its own: in a shared folder, its neighbours'.
  const env = { ...withoutServerSettings(options.env), TMPDIR: temporary };
  return {
    title: flavour,
    binary,
    folder,
    portCount: 1,
    marker: `--datadir=${data}`,
    prepare: async (instance) => {
      mkdirSync(temporary, { recursive: true, mode: 0o700 });
      writeFileSync(
        join(folder, 'init.sql'),
        'CREATE DATABASE IF NOT EXISTS warren CHARACTER SET utf8mb4;\n',
      );
      makePlainPath(folder, instance.id);
      if (!existsSync(data)) await initialise({ ...options, env }, instance);
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
        ...rootOption(isRoot),
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
    cleanUp: ({ id }) => removePlainPath(folder, id),
    url: (instance) => `mysql://root@127.0.0.1:${portOf(instance)}/warren`,
  };
}

/** The servers refuse to run as root unless told so. */
const rootOption = (isRoot: boolean) => (isRoot ? ['--user=root'] : []);

const socketOf = (folder: string, { id }: Instance) => join(plainPath(folder, id), 'server.sock');

const portOf = ({ ports }: Instance) => ports[0] ?? 0;

function withoutServerSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(MYSQL|MARIADB|MYSQLD)_/.test(name)));
}

/** Makes the empty data aside and moves it in place: a kill in the middle never leaves half of it. */
async function initialise(options: MariadbOptions, instance: Instance): Promise<void> {
  const { folder, env, isRoot } = options;
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('new-'))) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  const aside = mkdtempSync(join(folder, 'new-'));
  const plainData = join(plainPath(folder, instance.id), basename(aside), 'data');
  const [command, ...args] = initialiseCommand(options, plainData);
  const { exitCode, stdout, stderr } = await runCommand(command, [...args, ...rootOption(isRoot)], {
    env,
    timeoutMs: 120_000,
  });
  if (exitCode !== 0) {
    const said = lastLines(stdout + stderr);
    throw new ProvisionError(
      `${command} could not make an empty database in ${folder}. What it said:\n${said}`,
    );
  }
  renameSync(join(aside, 'data'), join(folder, 'data'));
  rmSync(aside, { recursive: true });
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
