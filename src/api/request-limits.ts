import type { GraphQLError } from 'graphql';
import { makeTokenBuckets } from '../runtime/token-buckets';
import { rateLimited } from './request-errors';
import type { Authentication } from './sign-in/identity';

/** Seconds of full speed that a caller may use at once after a quiet time. */
const BURST_SECONDS = 2;

export interface RequestLimits {
  /** RATE_LIMITED when this caller may not run one more operation now; undefined when it may. */
  takeOne(authentication: Authentication): GraphQLError | undefined;
}

/** @param perSecond operations for each key or token, in this process; 0: no limit */
export function makeRequestLimits(perSecond: number, onRefusal?: () => void): RequestLimits {
  const buckets = makeTokenBuckets({ burst: Math.max(1, perSecond * BURST_SECONDS), perSecond });
  return {
    takeOne(authentication) {
      if (!authentication.ok) {
        if (authentication.reason !== 'rate-limited') return undefined;
        return rateLimited('Too many wrong credentials came from this address', authentication.retryAfterMs);
      }
      if (perSecond === 0) return undefined;
      const { actor, caller } = authentication;
      const retryAfterMs = buckets.take(`${actor.kind} ${actor.id} ${caller.tenantId ?? ''}`);
      if (retryAfterMs === 0) return undefined;
      onRefusal?.();
      return rateLimited(`This key may run ${perSecond} operations a second`, retryAfterMs);
    },
  };
}
