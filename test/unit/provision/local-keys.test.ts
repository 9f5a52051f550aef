import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOrMakeLocalKeys } from '../../../src/provision/local-keys';
import { ProvisionError } from '../../../src/provision/provision-error';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-keys-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the keys that up keeps', () => {
  it('have the shapes that the API and the secret store take', () => {
    const { operatorKey, masterKeys } = readOrMakeLocalKeys(folder);
    expect(operatorKey).toMatch(/^wrn_op_[0-9A-Za-z]{43}$/);
    expect(masterKeys).toMatch(/^k1:/);
    expect(Buffer.from(masterKeys.slice(3), 'base64')).toHaveLength(32);
  });

  it('are made once for a data folder and differ between two', () => {
    const first = readOrMakeLocalKeys(folder);
    expect(readOrMakeLocalKeys(folder)).toEqual(first);
    const other = readOrMakeLocalKeys(join(folder, 'another', 'folder'));
    expect(other.operatorKey).not.toBe(first.operatorKey);
    expect(other.masterKeys).not.toBe(first.masterKeys);
  });

  it('can be read by their owner alone, also after somebody opened them to others', () => {
    readOrMakeLocalKeys(folder);
    const file = join(folder, 'keys.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    readOrMakeLocalKeys(folder);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are never replaced when their file is damaged, since secrets are kept under them', () => {
    const file = join(folder, 'keys.json');
    writeFileSync(file, '{"operatorKey": "wrn_op_');
    expect(() => readOrMakeLocalKeys(folder)).toThrow(ProvisionError);
    expect(() => readOrMakeLocalKeys(folder)).toThrow(/Restore it from a backup, or delete it/);
    expect(readFileSync(file, 'utf8')).toBe('{"operatorKey": "wrn_op_');
  });
});
