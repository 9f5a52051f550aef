import { SOURCE_ERROR_CODES, type SourceErrorCode } from '../domain/errors';
import type { SourceRefusal } from '../domain/source';
import type { Answer } from './provider';

/** How a request to a source ends, as the metric and the log name it. */
export type SourceOutcome = TakenOutcome | 'handshake' | RefusedOutcome;

/** `repeated`: all of it had been taken before. `parked`: it fits no event type; people find it in `rejected`. */
export type TakenOutcome = 'published' | 'repeated' | 'parked';

export type RefusedOutcome =
  | ('unknown-source' | 'unsigned' | 'bad-signature' | 'too-old' | 'disabled' | 'unreadable')
  | ('too-large' | 'not-a-post' | 'rate-limited' | 'unavailable');

export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

interface Refusal {
  status: number;
  code: SourceErrorCode;
  /** What the source's owner is told. */
  told?: SourceRefusal;
}

/** The first three look the same from outside: nobody learns which addresses there are. */
const REFUSALS: Readonly<Record<RefusedOutcome, Refusal>> = {
  'unknown-source': { status: 404, code: 'UNVERIFIED' },
  unsigned: { status: 404, code: 'UNVERIFIED', told: 'UNSIGNED' },
  'bad-signature': { status: 404, code: 'UNVERIFIED', told: 'BAD_SIGNATURE' },
  'too-old': { status: 400, code: 'TOO_OLD', told: 'TOO_OLD' },
  disabled: { status: 403, code: 'DISABLED', told: 'DISABLED' },
  unreadable: { status: 400, code: 'UNREADABLE', told: 'UNREADABLE' },
  'too-large': { status: 413, code: 'TOO_LARGE' },
  'not-a-post': { status: 405, code: 'METHOD_NOT_ALLOWED' },
  'rate-limited': { status: 429, code: 'RATE_LIMITED' },
  unavailable: { status: 503, code: 'UNAVAILABLE' },
};

export const toldOwner = (outcome: RefusedOutcome): SourceRefusal | undefined => REFUSALS[outcome].told;

export function refuse(outcome: RefusedOutcome, headers: Record<string, string> = {}): HttpAnswer {
  const { status, code } = REFUSALS[outcome];
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ code, message: SOURCE_ERROR_CODES[code] }),
  };
}

/** Nothing but 200, unless the provider wants to hear something. */
export const accept = (answer: Answer | undefined): HttpAnswer => ({
  status: 200,
  headers: answer ? { 'content-type': answer.contentType } : {},
  body: answer?.body ?? '',
});

export const retryAfter = (ms: number): Record<string, string> => ({
  'retry-after': String(Math.max(1, Math.ceil(ms / 1000))),
});
