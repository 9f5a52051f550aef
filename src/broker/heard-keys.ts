import { LRUCache } from 'lru-cache';

/** Under which routing keys nobody has a queue bound, as the broker tells by giving messages back. */
export interface HeardKeys {
  /**
   * How to publish the next message under this key: as it is, asking to have it back where nobody hears it, or not at all.
   * Only what follows soon after another is worth asking: a message that comes back costs more than one that is dropped.
   */
  next(key: string): 'plain' | 'ask' | 'skip';
  /** A message under this key came back. */
  unheard(key: string): void;
}

/** Whoever binds a queue to a key that nobody heard has its messages after this long at the latest. */
export const UNHEARD_MS = 250;
const KEYS_KEPT = 10_000;

interface Known {
  atMs: number;
  unheardUntilMs: number;
}

export function makeHeardKeys(nowMs: () => number = () => performance.now()): HeardKeys {
  const keys = new LRUCache<string, Known>({ max: KEYS_KEPT });
  return {
    next(key) {
      const now = nowMs();
      const known = keys.get(key);
      if (!known) {
        keys.set(key, { atMs: now, unheardUntilMs: now });
        return 'plain';
      }
      if (now < known.unheardUntilMs) return 'skip';
      const isSoon = now - known.atMs < UNHEARD_MS;
      known.atMs = now;
      return isSoon ? 'ask' : 'plain';
    },
    unheard(key) {
      const known = keys.get(key);
      if (known) known.unheardUntilMs = nowMs() + UNHEARD_MS;
    },
  };
}
