import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DatabaseFlavour } from '../../../src/provision/machine/machine';
import { privateMariadb } from '../../../src/provision/private-mariadb';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-db-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const instance = { id: 'abcd1234', ports: [23306] };

function recipe(flavour: DatabaseFlavour, { isRoot = false, below = '.' } = {}) {
  const home = join(folder, below);
  mkdirSync(home, { recursive: true });
  return privateMariadb({ binary: join(folder, 'server'), flavour, folder: home, env: process.env, isRoot });
}

/** A stand-in for a server or install script: notes its arguments and makes the data folder that they name. */
const NOTES_AND_MAKES = `#!/bin/sh
echo "$@" > "$(dirname "$0")/arguments"
for argument in "$@"; do case "$argument" in --datadir=*) mkdir -p "\${argument#--datadir=}/mysql";; esac; done
`;
const program = (name: string, text = NOTES_AND_MAKES) =>
  writeFileSync(join(folder, name), text, { mode: 0o755 });
const noted = () => readFileSync(join(folder, 'arguments'), 'utf8').trim();

it('listens on loopback only, keeps commits, and is root only where it has to be', () => {
  const { args } = recipe('MariaDB').command(instance);
  expect(args[0]).toBe('--no-defaults');
  expect(args).toEqual(
    expect.arrayContaining([
      '--bind-address=127.0.0.1',
      '--port=23306',
      '--innodb-flush-log-at-trx-commit=1',
      '--character-set-server=utf8mb4',
      '--max-connections=300',
    ]),
  );
  expect(args.join(' ')).not.toContain('--user=');
  expect(recipe('MariaDB', { isRoot: true }).command(instance).args).toContain('--user=root');
});

it('switches off the second port of MySQL with an option that MariaDB does not have', () => {
  expect(recipe('MySQL').command(instance).args).toContain('--mysqlx=OFF');
  expect(recipe('MariaDB').command(instance).args).not.toContain('--mysqlx=OFF');
});

it('keeps the socket in the data folder, and in a short folder of its own when that path is too long', async () => {
  const socket = (made: ReturnType<typeof recipe>) =>
    made
      .command(instance)
      .args.find((argument) => argument.startsWith('--socket='))
      ?.slice(9) ?? '';
  expect(socket(recipe('MariaDB'))).toBe(join(folder, 'server.sock'));

  program('server');
  const long = recipe('MySQL', { below: 'x'.repeat(120) });
  expect(socket(long)).toBe(join(tmpdir(), 'warren-abcd1234', 'data', 'server.sock'));
  await long.prepare(instance);
  expect(existsSync(dirname(socket(long)))).toBe(true);
  await long.cleanUp(instance);
  expect(existsSync(join(tmpdir(), 'warren-abcd1234'))).toBe(false);
});

it('initialises MySQL with its own server and MariaDB with its install script', async () => {
  program('server');
  await recipe('MySQL', { isRoot: true }).prepare(instance);
  expect(noted()).toMatch(/^--no-defaults --datadir=\S+\/data --initialize-insecure --user=root$/);
  rmSync(join(folder, 'data'), { recursive: true });

  program('mariadb-install-db');
  await recipe('MariaDB').prepare(instance);
  expect(noted()).toMatch(
    /^--no-defaults --datadir=\S+\/data --auth-root-authentication-method=normal --skip-test-db$/,
  );
});

it('initialises once', async () => {
  program('server');
  await recipe('MySQL').prepare(instance);
  rmSync(join(folder, 'arguments'));
  await recipe('MySQL').prepare(instance);
  expect(existsSync(join(folder, 'arguments'))).toBe(false);
});

it('never leaves half an initialised database, and starts afresh the next time', async () => {
  program('server', `${NOTES_AND_MAKES}\necho disk full >&2; exit 1\n`);
  await expect(async () => recipe('MySQL').prepare(instance)).rejects.toThrow(
    /could not make an empty database(.|\n)*disk full/,
  );
  expect(existsSync(join(folder, 'data'))).toBe(false);
  program('server');
  await recipe('MySQL').prepare(instance);
  expect(readdirSync(join(folder, 'data'))).toEqual(['mysql']);
  expect(readdirSync(folder).filter((name) => name.startsWith('new-'))).toEqual([]);
});
