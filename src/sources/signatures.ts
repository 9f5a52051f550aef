import { createHmac } from 'node:crypto';
import { isSameSecret } from '../domain/is-same-secret';
import { SIGNATURE_TOLERANCE_SECONDS } from '../domain/request/signature-tolerance';
import type { Verdict } from './provider';

export interface Signed {
  algorithm: 'sha1' | 'sha256';
  encoding: 'hex' | 'base64';
  /** Keys as text: their own bytes, not what they may be the base64 of. */
  secrets: readonly string[];
  /** What is signed, in order. */
  content: readonly (string | Buffer)[];
  /** The signatures that came, as text; one that fits is enough. */
  given: readonly string[];
}

/**
 * Whether any of the signatures is the HMAC under any of the secrets. Compared as text, so that a signature has one
 * spelling; every pair is looked at, so that the time taken does not tell which one fits.
 */
export function isSigned({ algorithm, encoding, secrets, content, given }: Signed): boolean {
  const expected = secrets.map((secret) => {
    const hmac = createHmac(algorithm, secret);
    for (const part of content) hmac.update(part);
    return Buffer.from(hmac.digest(encoding));
  });
  const candidates = given.map((signature) => Buffer.from(signature));
  return expected.flatMap((one) => candidates.map((other) => isSameSecret(other, one))).includes(true);
}

/** @param seconds whole unix seconds as the provider wrote them, once they are known to be signed */
export function verdictByAge(seconds: string, now: number): Verdict {
  const offSeconds = Math.abs(now / 1000 - Number(seconds));
  return offSeconds <= SIGNATURE_TOLERANCE_SECONDS ? 'genuine' : 'stale';
}

export const isUnixSeconds = (text: string): boolean => /^\d{1,12}$/.test(text);
