import { done, refused, type Outcome } from '../domain/errors';
import type { SignatureScheme } from '../domain/nouns';
import { newEd25519Secret, newHmacSecret, parseSecret } from '../domain/request/webhook-secret';

const FORM: Record<SignatureScheme, string> = {
  HMAC_SHA256: 'whsec_ and the base64 of 24 to 64 bytes',
  ED25519: 'whsk_ and the base64 of the 64 bytes of an ed25519 key pair',
};

/** The secret that was given, if it fits the scheme, or a new one. Messages never quote the secret. */
export function chooseSecret(scheme: SignatureScheme, given: string | null | undefined): Outcome<string> {
  if (given === null || given === undefined) {
    return done(scheme === 'ED25519' ? newEd25519Secret() : newHmacSecret());
  }
  const parsed = parseSecret(given);
  if (!parsed.ok) return refused('INVALID', parsed.reason, ['secret']);
  if (parsed.scheme !== scheme) {
    return refused('INVALID', `signatureScheme ${scheme} takes ${FORM[scheme]}`, ['secret']);
  }
  return done(given);
}
