import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataDir, openDataDir } from '../../../src/provision/data-dir';
import { findProcess } from '../../../src/provision/machine/processes';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(realpathSync(tmpdir()), 'warren-data-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NO_SUCH_PID = 2 ** 22 + 1;

describe('the data folder', () => {
  it('is made with all folders above it, and named without symbolic links', () => {
    const dir = openDataDir(join(folder, 'a', 'b'));
    expect(dir.rabbitmq).toBe(join(folder, 'a', 'b', 'rabbitmq'));
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    expect(openDataDir(join(folder, 'link', 'b')).root).toBe(dir.root);
  });

  it('says to choose another one when it cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openDataDir(join(folder, 'file', 'data'))).toThrow(/choose another one with --data DIR/);
  });
});

describe('the lock of a data folder', () => {
  it('keeps a second run out, with the pid of the first and the ways out', () => {
    const dir = openDataDir(folder);
    lockDataDir(dir);
    expect(() => lockDataDir(dir)).toThrow(
      new RegExp(`already running on ${folder}, pid ${process.pid}.*--data DIR.*--port`),
    );
  });

  it('can be taken again after its release, and leaves no other file', () => {
    const dir = openDataDir(folder);
    lockDataDir(dir).release();
    const lock = lockDataDir(dir);
    expect(readdirSync(folder)).toEqual(['lock.json']);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: NO_SUCH_PID, startedAt: '1' })],
    [
      'another process with the pid of the owner',
      JSON.stringify({ pid: process.pid, startedAt: 'long ago' }),
    ],
    ['nobody, being half written', '{"pid":'],
  ])('is taken over from %s', (_who, content) => {
    const dir = openDataDir(folder);
    writeFileSync(dir.lockFile, content);
    lockDataDir(dir);
    expect(() => lockDataDir(dir)).toThrow(`pid ${process.pid}`);
  });

  it('is left alone by the release of a run that lost it', () => {
    const dir = openDataDir(folder);
    const lock = lockDataDir(dir);
    const other = findProcess(process.ppid);
    writeFileSync(dir.lockFile, JSON.stringify({ pid: other?.pid, startedAt: other?.startedAt }));
    lock.release();
    expect(() => lockDataDir(dir)).toThrow(`pid ${process.ppid}`);
  });

  it('does not mind a folder that holds data already', () => {
    mkdirSync(join(folder, 'mariadb'));
    const lock = lockDataDir(openDataDir(folder));
    lock.release();
    expect(readdirSync(folder)).toEqual(['mariadb']);
  });
});
