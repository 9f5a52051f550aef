import type { Actor } from '../../domain/audit';
import type { Caller } from '../../domain/scopes';

/** Who is calling: what they may do, and what the audit log calls them. */
export interface Identity {
  caller: Caller;
  actor: Actor;
}

/** `unavailable`: nobody can tell now; `rate-limited`: nobody looks, since too many were wrong. */
export type Refusal =
  | { ok: false; reason: 'unauthenticated' | 'unknown-tenant' | 'unavailable' }
  | { ok: false; reason: 'rate-limited'; retryAfterMs: number };

export type Authentication = ({ ok: true } & Identity) | Refusal;
