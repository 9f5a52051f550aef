import { hkdfSync, randomUUID } from 'node:crypto';
import { SignJWT, errors, jwtVerify } from 'jose';
import type { Scope } from '../../domain/scopes';
import { readClaims, type TokenVerifier } from './token-claims';

/** `iss` of the tokens that Warren signs itself. */
export const PORTAL_ISSUER = 'urn:warren';
const AUDIENCE = 'urn:warren:portal';
const ALGORITHM = 'HS256';
const TYPE = 'portal+jwt';

export interface PortalSession {
  tenantId: string;
  scopes: readonly Scope[];
  expiresAt: Date;
  /** Who made it. */
  subject: string;
  /** The API key that made it, which ends it when it is revoked. */
  keyId: string | null;
}

export interface PortalTokens extends TokenVerifier {
  sign: (session: PortalSession) => Promise<string>;
}

/**
 * Tokens for one tenant's portal. Warren alone makes and reads them, so one secret does for both: it is derived from
 * a master key, and every process of the deployment has the same.
 *
 * @param masterKeys `<name>:<base64 of 32 bytes>`, newest first: the first signs, all of them verify
 */
export function makePortalTokens(masterKeys: readonly string[]): PortalTokens {
  const keys = new Map(masterKeys.map(deriveKey));
  const [newest] = keys;
  if (!newest) throw new Error('the key ring is empty');
  const [kid, signingKey] = newest;

  return {
    sign: ({ tenantId, scopes, expiresAt, subject, keyId }) =>
      new SignJWT({ tenant: tenantId, scope: scopes.join(' '), ...(keyId === null ? {} : { key: keyId }) })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
        .setIssuer(PORTAL_ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
        .sign(signingKey),

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, (header) => keys.get(header.kid ?? '') ?? unknownKey(), {
          issuer: PORTAL_ISSUER,
          audience: AUDIENCE,
          algorithms: [ALGORITHM],
          typ: TYPE,
          requiredClaims: ['exp', 'tenant'],
        });
        const claims = readClaims(payload);
        if (!claims) return { ok: false, reason: 'unauthenticated' };
        const { key } = payload;
        return { ok: true, claims: typeof key === 'string' ? { ...claims, keyId: key } : claims };
      } catch (error) {
        if (error instanceof errors.JOSEError) return { ok: false, reason: 'unauthenticated' };
        throw error;
      }
    },
  };
}

function unknownKey(): never {
  throw new errors.JWKSNoMatchingKey();
}

function deriveKey(masterKey: string): [name: string, key: Uint8Array] {
  const separator = masterKey.indexOf(':');
  const secret = Buffer.from(masterKey.slice(separator + 1), 'base64');
  const key = hkdfSync('sha256', secret, Buffer.alloc(0), 'warren portal session', 32);
  return [masterKey.slice(0, separator), new Uint8Array(key)];
}
