import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { SCOPES } from '../../domain/scopes';
import type { Tenant } from '../../domain/settings';
import type { Identity, Refusal } from './identity';
import { PORTAL_ISSUER } from './portal-tokens';
import { claimedIssuer, type TokenClaims, type TokenVerifier } from './token-claims';

export interface TokenNeeds {
  /** By what a token's `iss` says. */
  verifiers: ReadonlyMap<string, TokenVerifier>;
  findTenant: (ref: string) => Promise<Tenant | undefined>;
  isKeyLive: (keyId: string) => Promise<boolean>;
}

const MAX_CACHED = 10_000;
/** How long a good signature is believed without being computed again. */
const BELIEVED_MS = 30_000;

const UNAUTHENTICATED: Refusal = { ok: false, reason: 'unauthenticated' };

/** JWTs: the issuer's, and the portal sessions that Warren signs. */
export function makeCallersByToken({ verifiers, findTenant, isKeyLive }: TokenNeeds) {
  const verified = new LRUCache<string, { claims: TokenClaims; issuer: string }>({
    max: MAX_CACHED,
    ttl: BELIEVED_MS,
  });

  async function verify(token: string) {
    // By its hash, so that no token lies about in memory for longer than its request.
    const name = createHash('sha256').update(token).digest('base64');
    const known = verified.get(name);
    if (known) return { ok: true, ...known } as const;
    const issuer = claimedIssuer(token);
    const verifier = issuer === undefined ? undefined : verifiers.get(issuer);
    if (issuer === undefined || !verifier) return UNAUTHENTICATED;
    const result = await verifier.verify(token);
    if (!result.ok) return result;
    verified.set(name, { claims: result.claims, issuer });
    return { ...result, issuer };
  }

  return {
    async find(token: string): Promise<({ ok: true } & Identity) | Refusal> {
      const result = await verify(token);
      if (!result.ok) return result;
      const { claims, issuer } = result;
      if (claims.expiresAt <= new Date()) return UNAUTHENTICATED;
      if (claims.keyId !== undefined && !(await isKeyLive(claims.keyId))) return UNAUTHENTICATED;
      const { scopes, subject } = claims;
      const actor = {
        kind: issuer === PORTAL_ISSUER ? 'PORTAL' : 'TOKEN',
        id: subject,
        prefix: null,
      } as const;
      if (claims.tenant !== undefined) {
        const tenant = await findTenant(claims.tenant);
        if (!tenant) return UNAUTHENTICATED;
        return { ok: true, caller: { keyId: null, tenantId: tenant.id, isOperator: false, scopes }, actor };
      }
      // A token that names no tenant reaches all of them: only one that was meant to may do so (decision 13).
      if (!scopes.has('tenants:admin')) return UNAUTHENTICATED;
      const isOperator = scopes.size === SCOPES.length;
      return { ok: true, caller: { keyId: null, tenantId: null, isOperator, scopes }, actor };
    },
  };
}
