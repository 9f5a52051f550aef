import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/**
 * Secrets at rest: AES-256-GCM under a named key. The layout of a sealed value is
 * `[1 version][1 length of key name][key name][12 nonce][16 tag][ciphertext]`; the additional data binds it to the row
 * it was made for, so that a sealed value copied to another row or tenant does not open.
 */
export interface KeyRing {
  seal(plain: string, boundTo: string): Buffer;
  /** Throws when the key is unknown, the bytes were changed, or `boundTo` is not what it was sealed for. */
  open(sealed: Buffer, boundTo: string): string;
  /** False for what only an older key of the ring, or none of it, opens. */
  isByNewest(sealed: Buffer): boolean;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param keys `<name>:<base64 of 32 bytes>`, newest first: the first seals, all of them open. */
export function makeKeyRing(keys: readonly string[]): KeyRing {
  const ring = new Map(keys.map(parseKey));
  if (ring.size !== keys.length) throw new Error('two keys of the key ring have the same name');
  const newest = [...ring][0];
  if (!newest) throw new Error('the key ring is empty');
  const [sealName, sealKey] = newest;

  return {
    seal(plain, boundTo) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce).setAAD(Buffer.from(boundTo));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      const name = Buffer.from(sealName, 'ascii');
      return Buffer.concat([Buffer.from([VERSION, name.length]), name, nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, boundTo) {
      const name = keyNameOf(sealed);
      const nonceAt = 2 + name.length;
      const key = ring.get(name);
      if (sealed[0] !== VERSION || !key)
        throw new Error(`no key named ${JSON.stringify(name)} in the key ring`);
      const tagAt = nonceAt + NONCE_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(nonceAt, tagAt), {
        authTagLength: TAG_BYTES,
      });
      if (sealed.length < tagAt + TAG_BYTES) throw new Error('the sealed value is cut short');
      decipher.setAAD(Buffer.from(boundTo)).setAuthTag(sealed.subarray(tagAt, tagAt + TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(tagAt + TAG_BYTES)), decipher.final()]).toString(
        'utf8',
      );
    },
    isByNewest: (sealed) => keyNameOf(sealed) === sealName,
  };
}

const keyNameOf = (sealed: Buffer): string => sealed.subarray(2, 2 + (sealed[1] ?? 0)).toString('ascii');

function parseKey(text: string): [string, Buffer] {
  const separator = text.indexOf(':');
  const bytes = Buffer.from(text.slice(separator + 1), 'base64');
  if (separator < 1 || bytes.length !== 32) throw new Error('a master key is <name>:<base64 of 32 bytes>');
  return [text.slice(0, separator), bytes];
}
