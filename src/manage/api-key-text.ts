import { createHash, randomBytes } from 'node:crypto';

/** `wrn_` and 256 random bits in base 62: 43 characters that a double click selects as one word. */
export const KEY_PREFIX = 'wrn_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(ALPHABET.length);
const DIGITS = 43; // 62^43 > 2^256
const SHOWN_CHARACTERS = 12;

export function newApiKeyText(): string {
  let rest = BigInt(`0x${randomBytes(32).toString('hex')}`);
  let digits = '';
  for (let i = 0; i < DIGITS; i++) {
    digits = ALPHABET.charAt(Number(rest % BASE)) + digits;
    rest /= BASE;
  }
  return KEY_PREFIX + digits;
}

/** What is kept of a key. Plain SHA-256 is enough for 256 random bits: there is nothing to guess. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** What a key is shown by: too little to guess the rest from. */
export const shownPart = (key: string): string => key.slice(0, SHOWN_CHARACTERS);
