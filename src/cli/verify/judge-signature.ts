import { verifySignature, type Verification } from '../../domain/request/signature';
import { parseSecret } from '../../domain/request/webhook-secret';
import type { SignatureHeaders } from './request-headers';

export interface Judgement {
  ok: boolean;
  /** Null when it verifies. */
  reason: Extract<Verification, { ok: false }>['reason'] | null;
  /** A sentence for people: what was found, and what to do. */
  message: string;
}

export interface Judged {
  secret: string;
  headers: SignatureHeaders;
  /** The exact bytes of the body. */
  body: Buffer;
  toleranceSeconds: number;
  /** Milliseconds since the epoch. */
  now: number;
}

/** What a receiver would find, and why. No message quotes the secret. */
export function judgeSignature(judged: Judged): Judgement {
  const verification = verify(judged, judged.body);
  if (verification.ok) return { ok: true, reason: null, message: 'the signature fits' };
  const { reason } = verification;
  return { ok: false, reason, message: explain(reason, judged) };
}

function verify({ secret, headers, toleranceSeconds, now }: Judged, body: Buffer): Verification {
  const { id, timestamp, signature: header } = headers;
  return verifySignature({ secret, id, timestamp, header, body, toleranceSeconds, now });
}

function explain(reason: NonNullable<Judgement['reason']>, judged: Judged): string {
  const { secret, headers, toleranceSeconds, now } = judged;
  const ageSeconds = Math.round(now / 1000 - Number(headers.timestamp));
  switch (reason) {
    case 'BAD_SECRET':
      return `the secret cannot be used: ${secretFault(secret)}`;
    case 'BAD_TIMESTAMP':
      return 'webhook-timestamp is not a time in whole unix seconds';
    case 'TOO_OLD':
      return `it was signed ${ageSeconds} s ago, and at most ${toleranceSeconds} s are allowed: for a request of the past, add --any-age`;
    case 'TOO_NEW':
      return `it was signed ${-ageSeconds} s in the future: set the clock of the sender or of this machine right`;
    case 'NO_MATCH':
      return `no signature fits: ${mismatch(judged)}`;
  }
}

function secretFault(secret: string): string {
  if (secret.startsWith('whpk_')) return 'what follows whpk_ is not the base64 of 32 bytes';
  const parsed = parseSecret(secret);
  return parsed.ok ? 'it is malformed' : parsed.reason;
}

/** The mistakes that people make, looked for one by one. */
function mismatch(judged: Judged): string {
  const wanted = judged.secret.startsWith('whsec_') ? 'v1' : 'v1a';
  const versions = judged.headers.signature.split(' ').map((one) => one.split(',')[0]);
  if (!versions.includes(wanted))
    return `this secret makes ${wanted} signatures, and webhook-signature has ${versions.join(' and ') || 'none'}`;
  const withoutNewline = judged.body.toString('latin1').replace(/\r?\n$/, '');
  if (verify(judged, Buffer.from(withoutNewline, 'latin1')).ok)
    return 'it fits without the newline at the end of the body, which an editor may have added';
  return 'the secret is another one, or the body, webhook-id or webhook-timestamp is not exactly what was sent';
}
