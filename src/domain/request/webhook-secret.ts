import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SignatureScheme } from '../nouns';

/**
 * Secrets in the text forms of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, section
 * "Signature scheme"): `whsec_` a symmetric key, `whsk_` an ed25519 private key, `whpk_` its public key; standard
 * base64 with padding follows. No reason given here ever quotes the secret.
 */
const HMAC_PREFIX = 'whsec_';
const PRIVATE_PREFIX = 'whsk_';
const PUBLIC_PREFIX = 'whpk_';

const HMAC_BYTES = { min: 24, max: 64, made: 32 } as const;
const ED25519_HALF_BYTES = 32;

/** What comes before the 32 raw bytes in the DER form of an ed25519 key (RFC 8410 section 7 and 4). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** `key` is the HMAC key itself, or the 32 bytes of the ed25519 seed followed by the 32 of the public key. */
export type ParsedSecret = { ok: true; scheme: SignatureScheme; key: Buffer } | { ok: false; reason: string };

/** A new symmetric secret: `whsec_` and 256 random bits. */
export function newHmacSecret(): string {
  return HMAC_PREFIX + randomBytes(HMAC_BYTES.made).toString('base64');
}

/** A new ed25519 secret: `whsk_` and seed ‖ public key. */
export function newEd25519Secret(): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_HEAD.length);
  return PRIVATE_PREFIX + Buffer.concat([seed, rawPublicKey(publicKey)]).toString('base64');
}

/** Reads a secret, or says in words what is wrong with it. Base64 must be canonical, so a secret has one spelling. */
export function parseSecret(text: string): ParsedSecret {
  if (text.startsWith(HMAC_PREFIX)) return parseHmac(text.slice(HMAC_PREFIX.length));
  if (text.startsWith(PRIVATE_PREFIX)) return parseEd25519(text.slice(PRIVATE_PREFIX.length));
  if (text.startsWith(PUBLIC_PREFIX)) {
    return {
      ok: false,
      reason: 'this is a public key; the secret is the private key that starts with whsk_',
    };
  }
  return { ok: false, reason: 'a secret starts with whsec_ (HMAC-SHA256) or whsk_ (ed25519)' };
}

/** The `whpk_` key with which receivers verify what an ed25519 secret signed. Throws on any other text. */
export function publicKeyOf(secret: string): string {
  const parsed = parseSecret(secret);
  if (!parsed.ok || parsed.scheme !== 'ED25519')
    throw new Error('only a valid ed25519 secret has a public key');
  return PUBLIC_PREFIX + parsed.key.subarray(ED25519_HALF_BYTES).toString('base64');
}

/** The signing key of a parsed ed25519 secret. */
export function ed25519PrivateKey(key: Buffer): KeyObject {
  const der = Buffer.concat([PKCS8_HEAD, key.subarray(0, ED25519_HALF_BYTES)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** The verifying key behind `whpk_…`, or undefined when the text is anything else. */
export function ed25519PublicKey(text: string): KeyObject | undefined {
  if (!text.startsWith(PUBLIC_PREFIX)) return undefined;
  const raw = decodeBase64(text.slice(PUBLIC_PREFIX.length));
  if (raw?.length !== ED25519_HALF_BYTES) return undefined;
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
}

function parseHmac(encoded: string): ParsedSecret {
  const key = decodeBase64(encoded);
  if (!key) return { ok: false, reason: 'what follows whsec_ is not base64 with padding' };
  if (key.length < HMAC_BYTES.min || key.length > HMAC_BYTES.max) {
    return {
      ok: false,
      reason: `a whsec_ secret holds ${HMAC_BYTES.min} to ${HMAC_BYTES.max} bytes, not ${key.length}`,
    };
  }
  return { ok: true, scheme: 'HMAC_SHA256', key };
}

function parseEd25519(encoded: string): ParsedSecret {
  const key = decodeBase64(encoded);
  if (!key) return { ok: false, reason: 'what follows whsk_ is not base64 with padding' };
  if (key.length !== 2 * ED25519_HALF_BYTES) {
    return { ok: false, reason: `a whsk_ secret holds 64 bytes (seed, then public key), not ${key.length}` };
  }
  // A wrong public half would sign well and verify nowhere.
  const derived = rawPublicKey(createPublicKey(ed25519PrivateKey(key)));
  if (!derived.equals(key.subarray(ED25519_HALF_BYTES))) {
    return { ok: false, reason: 'the public half of this whsk_ secret does not belong to its private half' };
  }
  return { ok: true, scheme: 'ED25519', key };
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length);
}

/** Buffer.from skips what is not base64 without a word; only text that encodes back to itself counts. */
function decodeBase64(encoded: string): Buffer | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === encoded ? bytes : undefined;
}
