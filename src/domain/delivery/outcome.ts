import type { CancelReason } from './cancel-reason';
import type { HoldReason } from './hold-reason';

/** How one request ended, and what that means for the delivery. */

/** Stable codes of a failed attempt; HTTP_<status> for an answer that is not 2xx. docs/errors.md lists them. */
export type AttemptError =
  | 'TIMEOUT'
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_RESET'
  | 'DNS'
  | 'TLS'
  | 'BLOCKED_ADDRESS'
  | 'BAD_RESPONSE'
  | 'PAYLOAD'
  | 'DOWNGRADE'
  | 'TRANSFORM'
  | 'AUTH'
  | 'UNROUTABLE'
  | 'REFUSED'
  | 'THROTTLED'
  | `HTTP_${number}`;

/**
 * What came back from one request. A response may carry an error too (HTTP_500); a destination that takes a message
 * without answering in HTTP gives neither.
 */
export interface Answer {
  durationMs: number;
  response?: { status: number; headers: Record<string, string>; body: Buffer };
  error?: AttemptError;
  /** One sentence for people; never a secret. */
  errorDetail?: string;
  /** THROTTLED: what a destination that knows no Retry-After stands for. */
  retryAfterSeconds?: number;
}

/** An attempt as it goes on record. */
export interface Attempt {
  number: number;
  at: Date;
  durationMs: number;
  requestHeaders: Record<string, string>;
  /** Null when the body can be made again from the event (see `bodyFormat`). */
  requestBody: Buffer | null;
  response?: { status: number; headers: Record<string, string>; body: Buffer };
  error?: AttemptError;
  errorDetail?: string;
}

/** What the delivery does next. */
export type Verdict =
  | { kind: 'delivered' }
  /** `delaySeconds` is a rung of the ladder. */
  | { kind: 'retry'; delaySeconds: number }
  /** `endpointGone`: the receiver answered 410, so its endpoint is disabled. */
  | { kind: 'dead'; endpointGone: boolean }
  /** `askedSeconds`: the receiver asked for this much time, for all that is sent to it. */
  | { kind: 'hold'; because: HoldReason; askedSeconds?: number }
  | { kind: 'cancel'; because: CancelReason };

/** Answers that mean "slow down", whose Retry-After holds the endpoint. */
const THROTTLING = new Set([429, 503]);

/**
 * Total: every answer has a verdict.
 * @param step retries already made in this run up the ladder, from 0
 * @param schedule the endpoint's rungs in seconds
 */
export function verdictOf(answer: Answer, step: number, schedule: readonly number[]): Verdict {
  const status = answer.response?.status;
  if (!answer.error && (status === undefined || (status >= 200 && status < 300)))
    return { kind: 'delivered' };
  if (status === 410) return { kind: 'dead', endpointGone: true };
  const askedSeconds = retryAfterSeconds(answer);
  if (askedSeconds > 0) return { kind: 'hold', because: 'RETRY_AFTER', askedSeconds };
  const delaySeconds = schedule[step];
  return delaySeconds === undefined ? { kind: 'dead', endpointGone: false } : { kind: 'retry', delaySeconds };
}

/** Seconds that a 429 or 503 asks for (RFC 9110 section 10.2.3: seconds or an HTTP date), or 0. */
export function retryAfterSeconds(answer: Answer, nowMs: number = Date.now()): number {
  if (answer.retryAfterSeconds !== undefined) return answer.retryAfterSeconds;
  const response = answer.response;
  if (!response || !THROTTLING.has(response.status)) return 0;
  const value = response.headers['retry-after']?.trim() ?? '';
  if (/^\d{1,10}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(0, Math.ceil((at - nowMs) / 1000));
}
