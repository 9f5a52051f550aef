import { randomBytes, randomInt } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProvisionError } from './provision-error';

export interface LocalKeys {
  /** `wrn_op_` and 43 characters of base62: 256 bits. */
  operatorKey: string;
  /** A key ring of one: `k1:` and the base64 of 32 bytes. */
  masterKeys: string;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The keys that `up` uses when the environment has none: made once, kept in `<dataDir>/keys.json` (mode 0600).
 * Throws a ProvisionError when the file is there but unreadable: new keys would make kept secrets unreadable.
 */
export function readOrMakeLocalKeys(dataDir: string): LocalKeys {
  const file = join(dataDir, 'keys.json');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const kept = readKeys(file);
  if (kept) return kept;

  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${JSON.stringify(makeKeys(), null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // A link appears whole and never replaces: of two processes at once, both end up with the first one's keys.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readOrMakeLocalKeys(dataDir);
}

function makeKeys(): LocalKeys {
  const letters = Array.from({ length: 43 }, () => BASE62[randomInt(BASE62.length)]);
  return {
    operatorKey: `wrn_op_${letters.join('')}`,
    masterKeys: `k1:${randomBytes(32).toString('base64')}`,
  };
}

function readKeys(file: string): LocalKeys | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ProvisionError(`cannot read ${file}: make it readable for this user`, { cause: error });
  }
  chmodSync(file, 0o600);
  const keys = parseKeys(text);
  if (keys) return keys;
  throw new ProvisionError(
    `${file} does not hold Warren's keys any more. Restore it from a backup, or delete it to start with new ` +
      'keys (endpoint secrets that are kept in the database become unreadable then).',
  );
}

function parseKeys(text: string): LocalKeys | null {
  try {
    const { operatorKey, masterKeys } = JSON.parse(text) as Partial<Record<keyof LocalKeys, unknown>>;
    if (typeof operatorKey !== 'string' || typeof masterKeys !== 'string') return null;
    return operatorKey && masterKeys ? { operatorKey, masterKeys } : null;
  } catch {
    return null;
  }
}
