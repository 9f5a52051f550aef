import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOfRunning, noteRunning } from '../../../src/provision/running-up';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'running-up-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const env = {
  AMQP_URL: 'amqp://one',
  DATABASE_URL: 'mysql://two',
  WARREN_NAMESPACE: 'three',
  WARREN_OPERATOR_KEY: 'wrn_secret',
  WARREN_MASTER_KEYS: 'k1:secret',
  HOME: '/somewhere',
};
const file = (): string => join(folder, 'running.json');

it('says what the running up was started with, without its keys, until it stops', () => {
  const forget = noteRunning(folder, env);
  expect(environmentOfRunning(folder)).toEqual({
    AMQP_URL: 'amqp://one',
    DATABASE_URL: 'mysql://two',
    WARREN_NAMESPACE: 'three',
  });
  expect(readFileSync(file(), 'utf8')).not.toContain('secret');
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  forget();
  expect(environmentOfRunning(folder)).toBeUndefined();
});

it('does not believe a note whose process is another one by now, nor one that is broken', () => {
  noteRunning(folder, env);
  const note = JSON.parse(readFileSync(file(), 'utf8')) as object;
  writeFileSync(file(), JSON.stringify({ ...note, startedAt: 'before' }));
  expect(environmentOfRunning(folder)).toBeUndefined();
  writeFileSync(file(), '{');
  expect(environmentOfRunning(folder)).toBeUndefined();
});

it('leaves the note of an up that was started later', () => {
  const forget = noteRunning(folder, env);
  noteRunning(folder, { ...env, WARREN_NAMESPACE: 'later' });
  forget();
  expect(environmentOfRunning(folder)).toMatchObject({ WARREN_NAMESPACE: 'later' });
});
