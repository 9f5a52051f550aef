import { LRUCache } from 'lru-cache';

export interface TokenBuckets {
  /** Takes one; 0 when it was there, or else the milliseconds until one is. */
  take: (name: string) => number;
  /** What `take` would answer. */
  waitOf: (name: string) => number;
}

export interface BucketSettings {
  /** How many a full bucket holds. */
  burst: number;
  perSecond: number;
  now?: () => number;
}

/** Buckets beyond this are forgotten, the longest unused first: those are full again by then. */
const MAX_BUCKETS = 50_000;

/** One bucket for each name, full at first, filled again evenly. In this process alone. */
export function makeTokenBuckets({ burst, perSecond, now = Date.now }: BucketSettings): TokenBuckets {
  const buckets = new LRUCache<string, { tokens: number; at: number }>({ max: MAX_BUCKETS });

  function fill(name: string): { tokens: number; at: number } {
    const at = now();
    const bucket = buckets.get(name) ?? { tokens: burst, at };
    // A clock that is set back must not empty it.
    const passedMs = Math.max(0, at - bucket.at);
    bucket.tokens = Math.min(burst, bucket.tokens + (passedMs * perSecond) / 1000);
    bucket.at = at;
    return bucket;
  }

  const waitFor = (tokens: number): number =>
    tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);

  return {
    take(name) {
      const bucket = fill(name);
      const wait = waitFor(bucket.tokens);
      if (wait === 0) bucket.tokens -= 1;
      buckets.set(name, bucket);
      return wait;
    },
    waitOf: (name) => waitFor(fill(name).tokens),
  };
}
