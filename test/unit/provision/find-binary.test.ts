import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary, keepsTheUser, pathFolders } from '../../../src/provision/machine/find-binary';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-find-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, text = '#!/bin/sh\n', mode = 0o755): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text, { mode });
  return file;
}

it('takes the first name that exists before the first folder that has any', () => {
  program('one/mysqld');
  const mariadbd = program('two/mariadbd');
  expect(findBinary(['mariadbd', 'mysqld'], [join(folder, 'one'), join(folder, 'two')])).toBe(mariadbd);
});

it('passes over files that cannot be executed, folders, and folders that are not there', () => {
  program('one/erl', '', 0o644);
  mkdirSync(join(folder, 'two', 'erl'), { recursive: true });
  const folders = [join(folder, 'none'), join(folder, 'one'), join(folder, 'two')];
  expect(findBinary(['erl'], folders)).toBeNull();
});

it.each([
  [
    'su',
    'elif [ `id -u` = 0 ] ; then\n  su rabbitmq -s /bin/sh -c "/usr/lib/rabbitmq/bin/rabbitmq-server"\nfi\n',
  ],
  ['runuser', 'exec runuser -u rabbitmq -- /usr/lib/rabbitmq/bin/rabbitmq-server "$@"\n'],
])('passes over a rabbitmq-server that changes user with %s', (_how, text) => {
  program('wrapper/rabbitmq-server', `#!/bin/sh\n${text}`);
  const real = program('real/rabbitmq-server', '#!/bin/sh\nexec erl -s rabbit boot\n');
  const folders = [join(folder, 'wrapper'), join(folder, 'real')];
  expect(findBinary(['rabbitmq-server'], folders, keepsTheUser)).toBe(real);
});

it('reads the folders of PATH in order', () => {
  expect(pathFolders({ PATH: '/b:/a::/c' })).toEqual(['/b', '/a', '/c']);
  expect(pathFolders({})).toEqual([]);
});
