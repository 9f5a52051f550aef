import type { JWTPayload } from 'jose';
import { isScope, type Scope } from '../../domain/scopes';

/** What a token says, once it is known to be genuine and meant for us. */
export interface TokenClaims {
  subject: string;
  /** Slug or ten_ id. */
  tenant: string | undefined;
  scopes: ReadonlySet<Scope>;
  expiresAt: Date;
  /** The API key that must still be good for this to count; portal sessions only. */
  keyId?: string;
}

/** `unavailable`: nobody can tell now, since the issuer does not answer. */
export type Verification =
  { ok: true; claims: TokenClaims } | { ok: false; reason: 'unauthenticated' | 'unavailable' };

export interface TokenVerifier {
  verify(token: string): Promise<Verification>;
}

const MAX_SUBJECT = 200;

/**
 * Undefined when a claim that Warren needs is missing or is not what it should be.
 *
 * @param toleranceSeconds how long after its end a token still counts: the issuer's clock may be behind ours
 */
export function readClaims(payload: JWTPayload, toleranceSeconds = 0): TokenClaims | undefined {
  const { sub, client_id: clientId, tenant, scope, exp } = payload;
  const subject = typeof sub === 'string' && sub !== '' ? sub : clientId;
  if (typeof subject !== 'string' || subject === '' || typeof exp !== 'number') return undefined;
  // A tenant that cannot be read must not become "no tenant": that reaches all of them.
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant === '')) return undefined;
  if (scope !== undefined && typeof scope !== 'string') return undefined;
  const expiresAt = new Date((exp + toleranceSeconds) * 1000);
  // What no calendar has would be compared with every time in vain: such a token would never end.
  if (Number.isNaN(expiresAt.getTime())) return undefined;
  return {
    subject: subject.slice(0, MAX_SUBJECT),
    tenant,
    scopes: new Set((scope ?? '').split(' ').filter(isScope)),
    expiresAt,
  };
}

const TOKEN = /^[\w-]+\.([\w-]+)\.[\w-]+$/;

/** Who says they made the token; unproven, only to know whose rules to verify it by. Undefined: it is no token. */
export function claimedIssuer(token: string): string | undefined {
  const payload = TOKEN.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { iss?: unknown };
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}
