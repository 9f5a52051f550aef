import type { AttemptError } from './delivery/outcome';

/**
 * Deliveries to a machine that Warren cannot reach: an endpoint whose URL is `tunnel:<random>`, and a listener that asks
 * for what goes there.
 */
const TUNNEL_URL = /^tunnel:/i;

export const isTunnel = (url: string): boolean => TUNNEL_URL.test(url);

/** A request on its way to a listener. */
export interface TunnelRequest {
  /** Names the process that waits for the answer, and the request within it. */
  id: string;
  headers: Record<string, string>;
  body: Buffer;
  /** How long the answer is waited for. */
  timeoutMs: number;
}

/** What a listener's own attempt can end with when no answer came. */
export const TUNNEL_FAILURES = [
  'CONNECTION_REFUSED',
  'CONNECTION_RESET',
  'TIMEOUT',
  'BAD_RESPONSE',
] as const satisfies readonly AttemptError[];
export type TunnelFailure = (typeof TUNNEL_FAILURES)[number];

/** What came of a request at the other end. */
export interface TunnelAnswer {
  durationMs: number;
  response?: { status: number; headers: Record<string, string>; body: Buffer };
  failure?: TunnelFailure;
}
