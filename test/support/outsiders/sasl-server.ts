import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

export type SaslAnswer = { ok: true; text: string } | { ok: false };

const ITERATIONS = 4096;
const NO_CHANNEL_BINDING = 'n,,';

/** Lengths of what SCRAM's hash functions give. */
const HASH_BYTES = { sha256: 32, sha512: 64 };
export type ScramHash = keyof typeof HASH_BYTES;

/**
 * The server's side of PLAIN (RFC 4616) and SCRAM (RFC 5802, 7677), for one connection and one password.
 * @param iterations as it says; it makes its own number of them
 */
export function makeSaslServer(
  password: string,
  hash: ScramHash = 'sha256',
  iterations = ITERATIONS,
): (given: string) => SaslAnswer {
  const digest = (data: Buffer): Buffer => createHash(hash).update(data).digest();
  const hmac = (key: Buffer, data: string): Buffer => createHmac(hash, key).update(data).digest();
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES[hash], hash);
  const serverNonce = randomBytes(12).toString('base64');
  /** What both have said so far, which both sign. */
  let said = '';

  function firstAnswer(bare: string): SaslAnswer {
    const [, nonce = ''] = /(?:^|,)r=([^,]+)/.exec(bare) ?? [];
    const text = `r=${nonce}${serverNonce},s=${salt.toString('base64')},i=${iterations}`;
    said = `${bare},${text}`;
    return { ok: true, text };
  }

  function finalAnswer(given: string): SaslAnswer {
    const [withoutProof = '', proof = ''] = given.split(',p=');
    const signed = `${said},${withoutProof}`;
    const storedKey = digest(hmac(salted, 'Client Key'));
    const clientKey = xor(Buffer.from(proof, 'base64'), hmac(storedKey, signed));
    if (!digest(clientKey).equals(storedKey)) return { ok: false };
    return { ok: true, text: `v=${hmac(hmac(salted, 'Server Key'), signed).toString('base64')}` };
  }

  return (given) => {
    if (given.includes('\0')) return given.endsWith(`\0${password}`) ? { ok: true, text: '' } : { ok: false };
    return given.startsWith(NO_CHANNEL_BINDING)
      ? firstAnswer(given.slice(NO_CHANNEL_BINDING.length))
      : finalAnswer(given);
  };
}

const xor = (one: Buffer, other: Buffer): Buffer =>
  Buffer.from(other.map((byte, index) => byte ^ (one[index] ?? 0)));
