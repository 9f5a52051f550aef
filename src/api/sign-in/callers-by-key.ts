import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isSameSecret } from '../../domain/is-same-secret';
import { SCOPES, type Scope } from '../../domain/scopes';
import type { ApiKey } from '../../domain/settings';
import type { Logger } from '../../runtime/logger';
import type { Identity } from './identity';

export interface KeyNeeds {
  operatorKey: string;
  apiKeys: {
    findByHash(hash: Buffer): Promise<ApiKey | undefined>;
    findLive(id: string): Promise<ApiKey | undefined>;
    noteUse(id: string, at: Date): Promise<void>;
  };
  log: Pick<Logger, 'warn'>;
}

const MAX_CACHED = 10_000;
/** How long an answer of the database is believed: with the sockets' check, a revoked key is out within two seconds. */
export const BELIEVED_MS = 1000;
const NOTE_USE_EVERY_MS = 60_000;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);

/** The operator key and API keys. */
export function makeCallersByKey({ operatorKey, apiKeys, log }: KeyNeeds) {
  const operatorHash = sha256(operatorKey);
  const keysByName = new LRUCache<string, ApiKey>({ max: MAX_CACHED, ttl: BELIEVED_MS });
  const notedUses = new LRUCache<string, true>({ max: MAX_CACHED, ttl: NOTE_USE_EVERY_MS });

  /** @param name a key's hash as base64, or its id */
  async function findKey(name: string, load: () => Promise<ApiKey | undefined>): Promise<ApiKey | undefined> {
    const key = keysByName.get(name) ?? (await load());
    // Only what exists is remembered: guesses must not push out the keys that are in use.
    if (key && !keysByName.has(name)) keysByName.set(name, key);
    return key && !isExpired(key) ? key : undefined;
  }

  /** In the background: nobody waits for it, and losing one is no harm. */
  function noteUse(keyId: string): void {
    if (notedUses.has(keyId)) return;
    notedUses.set(keyId, true);
    apiKeys.noteUse(keyId, new Date()).catch((err: unknown) => {
      log.warn({ err, keyId }, 'api-key.use-not-noted');
    });
  }

  return {
    async find(text: string): Promise<Identity | undefined> {
      const hash = sha256(text);
      // Hashes have one length, and so the time taken tells nothing of the key, not even how long it is.
      if (isSameSecret(hash, operatorHash)) return OPERATOR;
      const key = await findKey(hash.toString('base64'), () => apiKeys.findByHash(hash));
      if (!key) return undefined;
      noteUse(key.id);
      return identityOf(key);
    },

    /** Whether a key is neither revoked nor expired. */
    isLive: async (id: string): Promise<boolean> =>
      (await findKey(id, () => apiKeys.findLive(id))) !== undefined,

    forget(keyId: string): void {
      for (const [name, key] of keysByName.entries()) if (key.id === keyId) keysByName.delete(name);
    },
  };
}

const isExpired = ({ expiresAt }: ApiKey): boolean => expiresAt !== null && expiresAt <= new Date();

const OPERATOR: Identity = {
  caller: { keyId: null, tenantId: null, isOperator: true, scopes: ALL_SCOPES },
  actor: { kind: 'OPERATOR', id: 'operator', prefix: null },
};

function identityOf({ id, tenantId, prefix, ...key }: ApiKey): Identity {
  const scopes = new Set(key.scopes);
  const isOperator = tenantId === null && scopes.size === SCOPES.length;
  return { caller: { keyId: id, tenantId, isOperator, scopes }, actor: { kind: 'API_KEY', id, prefix } };
}
