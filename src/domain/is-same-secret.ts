import { timingSafeEqual } from 'node:crypto';

/**
 * The one way in which a secret, or what only its owner can make, is compared: how long it takes does not tell how much
 * of it is right. Lengths are no secret.
 */
export function isSameSecret(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
