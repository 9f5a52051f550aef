import { createHash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { SCOPES, type Caller, type Scope } from '../domain/scopes';
import type { ApiKey, Tenant, TenantScope } from '../domain/settings';
import type { Logger } from '../runtime/logger';

/** What came with the request: the header or connection_init key `authorization`, and `warren-tenant`. */
export interface Credentials {
  authorization: string | undefined;
  /** Slug or ten_ id of the one tenant to act for. */
  actingTenant: string | undefined;
}

export type Authentication =
  { ok: true; caller: Caller } | { ok: false; reason: 'unauthenticated' | 'unknown-tenant' };

export interface Authenticator {
  authenticate(credentials: Credentials): Promise<Authentication>;
  /** "This key is no longer good": asked anew from now on. */
  forget(keyId: string): void;
}

export interface AuthenticationNeeds {
  operatorKey: string;
  apiKeys: {
    findByHash(hash: Buffer): Promise<ApiKey | undefined>;
    noteUse(id: string, at: Date): Promise<void>;
  };
  tenants: { find(scope: TenantScope, ref: string): Promise<Tenant | undefined> };
  log: Pick<Logger, 'warn'>;
}

const BEARER = /^bearer +([\x21-\x7e]{1,200})$/i;
const MAX_CACHED = 10_000;
/** How long an answer of the database is believed: with the sockets' check, a revoked key is out within two seconds. */
const BELIEVED_MS = 1000;
const NOTE_USE_EVERY_MS = 60_000;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);

export function makeAuthenticator({
  operatorKey,
  apiKeys,
  tenants,
  log,
}: AuthenticationNeeds): Authenticator {
  const operatorHash = sha256(operatorKey);
  const keysByHash = new LRUCache<string, ApiKey>({ max: MAX_CACHED, ttl: BELIEVED_MS });
  const tenantsByRef = new LRUCache<string, Tenant>({ max: MAX_CACHED, ttl: BELIEVED_MS });
  const notedUses = new LRUCache<string, true>({ max: MAX_CACHED, ttl: NOTE_USE_EVERY_MS });

  async function findKey(hash: Buffer): Promise<ApiKey | undefined> {
    const name = hash.toString('base64');
    const cached = keysByHash.get(name);
    if (cached) return cached;
    const key = await apiKeys.findByHash(hash);
    // Only what exists is remembered: guesses must not push out the keys that are in use.
    if (key) keysByHash.set(name, key);
    return key;
  }

  async function findTenant(ref: string): Promise<Tenant | undefined> {
    const cached = tenantsByRef.get(ref);
    if (cached) return cached;
    const tenant = await tenants.find(null, ref);
    if (tenant) tenantsByRef.set(ref, tenant);
    return tenant;
  }

  /** In the background: nobody waits for it, and losing one is no harm. */
  function noteUse(keyId: string): void {
    if (notedUses.has(keyId)) return;
    notedUses.set(keyId, true);
    apiKeys.noteUse(keyId, new Date()).catch((err: unknown) => {
      log.warn({ err, keyId }, 'api-key.use-not-noted');
    });
  }

  async function callerOf(token: string): Promise<Caller | undefined> {
    const hash = sha256(token);
    // Both sides are hashes of one length, so that the time taken tells nothing of the key.
    if (timingSafeEqual(hash, operatorHash)) {
      return { keyId: null, tenantId: null, isOperator: true, scopes: ALL_SCOPES };
    }
    const key = await findKey(hash);
    if (!key || (key.expiresAt && key.expiresAt <= new Date())) return undefined;
    noteUse(key.id);
    const scopes = new Set(key.scopes);
    return {
      keyId: key.id,
      tenantId: key.tenantId,
      isOperator: key.tenantId === null && scopes.size === SCOPES.length,
      scopes,
    };
  }

  return {
    async authenticate({ authorization, actingTenant }) {
      const token = BEARER.exec(authorization?.trim() ?? '')?.[1];
      const caller = token === undefined ? undefined : await callerOf(token);
      if (!caller) return { ok: false, reason: 'unauthenticated' };
      if (!actingTenant) return { ok: true, caller };
      const tenant = await findTenant(actingTenant);
      if (!tenant) return { ok: false, reason: 'unknown-tenant' };
      const isAnothers = caller.tenantId !== null && caller.tenantId !== tenant.id;
      if (isAnothers) return { ok: false, reason: 'unknown-tenant' };
      return { ok: true, caller: { ...caller, tenantId: tenant.id } };
    },

    forget(keyId) {
      for (const [name, key] of keysByHash.entries()) if (key.id === keyId) keysByHash.delete(name);
    },
  };
}
