import { mkdtempSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePlainPath, plainPath, removePlainPath } from '../../../src/provision/plain-path';

const ID = 'feedc0de';

it('is the folder itself when every server can take its path', () => {
  expect(plainPath('/home/ada/.warren/rabbitmq', ID)).toBe('/home/ada/.warren/rabbitmq');
});

it.each([
  ['blanks', '/home/ada/my data/rabbitmq'],
  ['quotes', "/home/ada's/rabbitmq"],
  ['more bytes than a socket path has room for', `/home/${'x'.repeat(90)}`],
])('is a link in the temporary folder when the path has %s', (_what, folder) => {
  expect(plainPath(folder, ID)).toBe(join(tmpdir(), `warren-${ID}`, 'data'));
});

it('leads to the folder until it is removed, and may be made again after a kill', () => {
  const folder = mkdtempSync(join(tmpdir(), 'warren link '));
  makePlainPath(folder, ID);
  makePlainPath(folder, ID);
  expect(readlinkSync(plainPath(folder, ID))).toBe(folder);
  removePlainPath(folder, ID);
  expect(() => readlinkSync(plainPath(folder, ID))).toThrow('ENOENT');
  rmSync(folder, { recursive: true });
});

it('removes nothing when there is no link', () => {
  const folder = mkdtempSync(join(tmpdir(), 'warren-plain-'));
  makePlainPath(folder, ID);
  removePlainPath(folder, ID);
  rmdirSync(folder);
});
