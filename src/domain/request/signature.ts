import { createHmac, createPublicKey, createSecretKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isSameSecret } from '../is-same-secret';
import { ed25519PrivateKey, ed25519PublicKey, parseSecret } from './webhook-secret';

/**
 * Standard Webhooks signatures (spec 1.0.0, "Webhook headers"): the signed content is `id.timestamp.body`, the header
 * a space-separated list of `v1,<base64 HMAC-SHA256>` and `v1a,<base64 ed25519>`.
 */

/** Makes the value of `webhook-signature`; `timestampSeconds` is whole unix seconds, `body` the exact bytes sent. */
export type Signer = (id: string, timestampSeconds: number, body: Buffer) => string;

/** One signature over the text before the body and the body. */
type SignOne = (head: string, body: Buffer) => string;

/**
 * A signer with every secret given, in that order: while a rotation overlaps, a receiver that knows any one of them
 * can verify. Keys are parsed here, once, because signing is on the path of every attempt.
 * Throws when there is no secret or one is malformed: secrets are checked when they are saved.
 */
export function makeSigner(secrets: readonly string[]): Signer {
  const [newest, ...older] = secrets.map(makeSignOne);
  if (!newest) throw new Error('an endpoint needs at least one secret to sign with');
  return (id, timestampSeconds, body) => {
    // A dot in the id would let one signed text be read as two different messages.
    if (id.includes('.')) throw new Error('a webhook id must not contain a dot');
    const head = `${id}.${timestampSeconds}.`;
    let header = newest(head, body);
    for (const signOne of older) header += ` ${signOne(head, body)}`;
    return header;
  };
}

function makeSignOne(secret: string): SignOne {
  const parsed = parseSecret(secret);
  if (!parsed.ok) throw new Error(`cannot sign: ${parsed.reason}`);
  if (parsed.scheme === 'HMAC_SHA256') {
    const key = createSecretKey(parsed.key);
    return (head, body) => `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`;
  }
  const key = ed25519PrivateKey(parsed.key);
  return (head, body) =>
    `v1a,${sign(null, Buffer.concat([Buffer.from(head), body]), key).toString('base64')}`;
}

export type Verification =
  { ok: true } | { ok: false; reason: 'BAD_SECRET' | 'BAD_TIMESTAMP' | 'TOO_OLD' | 'TOO_NEW' | 'NO_MATCH' };

export interface SignedMessage {
  /** `whsec_…`, `whsk_…` or the public `whpk_…`. */
  secret: string;
  /** Header `webhook-id`. */
  id: string;
  /** Header `webhook-timestamp` as received. */
  timestamp: string;
  body: Buffer;
  /** Header `webhook-signature`. */
  header: string;
  /** How far the timestamp may be from now, either way. */
  toleranceSeconds: number;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What a receiver does: true when any signature of the header fits the secret. Compares in constant time. */
export function verifySignature(message: SignedMessage): Verification {
  const matches = makeMatcher(message.secret);
  if (!matches) return { ok: false, reason: 'BAD_SECRET' };
  if (!/^\d{1,15}$/.test(message.timestamp)) return { ok: false, reason: 'BAD_TIMESTAMP' };
  const ageSeconds = message.now / 1000 - Number(message.timestamp);
  if (ageSeconds > message.toleranceSeconds) return { ok: false, reason: 'TOO_OLD' };
  if (ageSeconds < -message.toleranceSeconds) return { ok: false, reason: 'TOO_NEW' };

  const content = Buffer.concat([Buffer.from(`${message.id}.${message.timestamp}.`), message.body]);
  // Every candidate is looked at, so that the time taken does not tell which one fits.
  const results = message.header.split(' ').map((candidate) => matches(candidate, content));
  return results.includes(true) ? { ok: true } : { ok: false, reason: 'NO_MATCH' };
}

type Matcher = (candidate: string, content: Buffer) => boolean;

function makeMatcher(secret: string): Matcher | undefined {
  const publicKey = ed25519PublicKey(secret);
  if (publicKey) return ed25519Matcher(publicKey);
  const parsed = parseSecret(secret);
  if (!parsed.ok) return undefined;
  return parsed.scheme === 'ED25519'
    ? ed25519Matcher(createPublicKey(ed25519PrivateKey(parsed.key)))
    : hmacMatcher(parsed.key);
}

function hmacMatcher(key: Buffer): Matcher {
  return (candidate, content) => {
    const given = signatureBytes(candidate, 'v1,');
    const expected = createHmac('sha256', key).update(content).digest();
    return given !== undefined && isSameSecret(given, expected);
  };
}

function ed25519Matcher(key: KeyObject): Matcher {
  return (candidate, content) => {
    const given = signatureBytes(candidate, 'v1a,');
    return given?.length === 64 && verify(null, content, key, given);
  };
}

function signatureBytes(candidate: string, prefix: string): Buffer | undefined {
  return candidate.startsWith(prefix) ? Buffer.from(candidate.slice(prefix.length), 'base64') : undefined;
}
