import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Tenant, TenantScope } from '../domain/settings';
import { KEY_PREFIX } from '../manage/api-key-text';
import { makeTokenBuckets } from '../runtime/token-buckets';
import { BELIEVED_MS, makeCallersByKey, type KeyNeeds } from './sign-in/callers-by-key';
import { makeCallersByToken } from './sign-in/callers-by-token';
import type { Authentication } from './sign-in/identity';
import type { TokenVerifier } from './sign-in/token-claims';

/** What came with the request: the header or connection_init key `authorization`, and `warren-tenant`. */
export interface Credentials {
  authorization: string | undefined;
  /** Slug or ten_ id of the one tenant to act for. */
  actingTenant: string | undefined;
  /** From where, for whoever gives wrong ones. */
  address?: string | undefined;
}

export interface Authenticator {
  authenticate(credentials: Credentials): Promise<Authentication>;
  /** "This key is no longer good": asked anew from now on. */
  forget(keyId: string): void;
}

export interface AuthenticationNeeds extends KeyNeeds {
  tenants: { find(scope: TenantScope, ref: string): Promise<Tenant | undefined> };
  /** Whose tokens are taken, by their `iss`. */
  verifiers?: ReadonlyMap<string, TokenVerifier>;
  /** Told of wrong credentials, and of those that nobody looked at. */
  onRefusal?: (reason: 'unauthenticated' | 'rate-limited') => void;
}

const BEARER = /^bearer +([\x21-\x7e]{1,8192})$/i;
const MAX_KEY_LENGTH = 200;
const MAX_CACHED = 10_000;

/** Wrong credentials from one address: so many at once, and so many a second. */
export const WRONG_CREDENTIALS = { burst: 60, perSecond: 5 };
/** Who was right in the last minutes is not held up by others who share the address and are wrong. */
const TRUSTED_FOR_MS = 600_000;

export function makeAuthenticator({
  tenants,
  verifiers,
  onRefusal,
  ...needs
}: AuthenticationNeeds): Authenticator {
  const tenantsByRef = new LRUCache<string, Tenant>({ max: MAX_CACHED, ttl: BELIEVED_MS });
  const wereRight = new LRUCache<string, true>({ max: MAX_CACHED, ttl: TRUSTED_FOR_MS });
  const wrong = makeTokenBuckets(WRONG_CREDENTIALS);

  async function findTenant(ref: string): Promise<Tenant | undefined> {
    const cached = tenantsByRef.get(ref);
    if (cached) return cached;
    const tenant = await tenants.find(null, ref);
    if (tenant) tenantsByRef.set(ref, tenant);
    return tenant;
  }

  const byKey = makeCallersByKey(needs);
  const byToken = makeCallersByToken({
    verifiers: verifiers ?? new Map(),
    findTenant,
    isKeyLive: byKey.isLive,
  });

  async function find(text: string): Promise<Authentication> {
    if (!text.startsWith(KEY_PREFIX)) return byToken.find(text);
    const identity = text.length > MAX_KEY_LENGTH ? undefined : await byKey.find(text);
    return identity ? { ok: true, ...identity } : { ok: false, reason: 'unauthenticated' };
  }

  async function findUnlessTooOftenWrong(text: string, address: string | undefined): Promise<Authentication> {
    const name = createHash('sha256').update(text).digest('base64');
    const retryAfterMs = address === undefined || wereRight.has(name) ? 0 : wrong.waitOf(address);
    if (retryAfterMs > 0) {
      onRefusal?.('rate-limited');
      return { ok: false, reason: 'rate-limited', retryAfterMs };
    }
    const found = await find(text);
    if (found.ok) wereRight.set(name, true);
    else if (found.reason === 'unauthenticated') {
      onRefusal?.('unauthenticated');
      wereRight.delete(name);
      if (address !== undefined) wrong.take(address);
    }
    return found;
  }

  return {
    async authenticate({ authorization, actingTenant, address }) {
      const text = BEARER.exec(authorization?.trim() ?? '')?.[1];
      if (text === undefined) return { ok: false, reason: 'unauthenticated' };
      const found = await findUnlessTooOftenWrong(text, address);
      if (!found.ok || !actingTenant) return found;
      const { caller } = found;
      const tenant = await findTenant(actingTenant);
      if (!tenant) return { ok: false, reason: 'unknown-tenant' };
      const isAnothers = caller.tenantId !== null && caller.tenantId !== tenant.id;
      if (isAnothers) return { ok: false, reason: 'unknown-tenant' };
      return { ...found, caller: { ...caller, tenantId: tenant.id } };
    },

    forget: (keyId) => byKey.forget(keyId),
  };
}
