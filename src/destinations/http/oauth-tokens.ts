import type { Answer } from '../../domain/delivery/outcome';
import { concealed, withoutSecrets } from '../without-secrets';
import type { HttpDestination, HttpRequest } from './http';

/** Access tokens (RFC 6749), kept for as long as they are good. */
export interface Tokens<C> {
  get(credentials: C, timeoutMs: number): Promise<Token>;
  /** The receiver did not take it. */
  drop(credentials: C, value: string): void;
}

/** How a token is asked for with credentials of one kind. */
export interface Grant<C> {
  request(credentials: C): TokenRequest | Promise<TokenRequest>;
  /** What a careless token server may send back, and nobody shall read. */
  secrets(credentials: C): string[];
}

export type TokenRequest = Omit<HttpRequest, 'timeoutMs'>;

export type Token =
  | { ok: true; value: string }
  /** One sentence without a secret. */
  | { ok: false; reason: string };

interface Kept {
  value: string;
  /** A new one is asked for from here on. */
  renewAtMs: number;
}

/** RFC 6749 lets a server leave `expires_in` out. */
const DEFAULT_LIFE_SECONDS = 300;
const MAX_LIFE_SECONDS = 24 * 3600;
/** A token must outlive the request that carries it, and the difference between two clocks. */
const MARGIN_SECONDS = 60;
/** A JWT: for as long as it is good, as much worth as the key that signed it. */
const SIGNED_STATEMENT = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

export function makeTokens<C extends object>(http: HttpDestination, grant: Grant<C>): Tokens<C> {
  // By the settings object: a change of the endpoint makes a new one, so no token outlives what it was asked with.
  const kept = new WeakMap<C, Kept>();
  const asked = new WeakMap<C, Promise<Token>>();

  async function ask(credentials: C, timeoutMs: number): Promise<Token> {
    const answer = await http.send({ ...(await grant.request(credentials)), timeoutMs });
    const read = readAnswer(answer, grant.secrets(credentials));
    if (!read.ok) return read;
    kept.set(credentials, { value: read.value, renewAtMs: Date.now() + lifeMs(read.lifeSeconds) });
    return { ok: true, value: read.value };
  }

  return {
    async get(credentials, timeoutMs) {
      const known = kept.get(credentials);
      if (known && Date.now() < known.renewAtMs) return { ok: true, value: known.value };
      // A burst asks once.
      const shared = asked.get(credentials);
      if (shared) return shared;
      const asking = ask(credentials, timeoutMs).finally(() => asked.delete(credentials));
      asked.set(credentials, asking);
      return asking;
    },
    drop(credentials, value) {
      if (kept.get(credentials)?.value === value) kept.delete(credentials);
    },
  };
}

/**
 * Sends with a token, within one deadline over all of it. A token that was taken back before its time is noticed by the
 * first 401, and replaced once.
 */
export async function sendWithToken<C>(
  { http, tokens }: { http: HttpDestination; tokens: Tokens<C> },
  credentials: C,
  request: HttpRequest,
): Promise<Answer> {
  const startedAt = performance.now();
  const spentMs = () => Math.round(performance.now() - startedAt);
  const remainingMs = () => Math.max(1, request.timeoutMs - spentMs());
  for (let isLast = false; ; isLast = true) {
    const token = await tokens.get(credentials, remainingMs());
    if (!token.ok) return { durationMs: spentMs(), error: 'AUTH', errorDetail: token.reason };
    const headers = { ...request.headers, authorization: `Bearer ${token.value}` };
    const answer = await http.send({ ...request, headers, timeoutMs: remainingMs() });
    if (answer.response?.status !== 401 || isLast) {
      return concealed({ ...answer, durationMs: spentMs() }, [token.value]);
    }
    tokens.drop(credentials, token.value);
  }
}

/** Short lives are used for half of theirs, so that each is used at all. */
const lifeMs = (seconds: number): number => 1000 * Math.max(seconds - MARGIN_SECONDS, seconds / 2);

type Read = { ok: true; value: string; lifeSeconds: number } | { ok: false; reason: string };

function readAnswer(answer: Answer, secrets: string[]): Read {
  const said = parse(answer.response?.body);
  if (answer.error !== undefined) return { ok: false, reason: failure(answer, said, secrets) };
  const { access_token: value, token_type: type, expires_in: given } = said;
  if (typeof value !== 'string' || !TOKEN.test(value)) {
    return { ok: false, reason: 'The token URL answered without an access_token that a header can carry.' };
  }
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer') {
    return { ok: false, reason: 'The token URL answered with a token that is no bearer token.' };
  }
  const seconds = Number(given ?? DEFAULT_LIFE_SECONDS);
  const lifeSeconds = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_LIFE_SECONDS) : 0;
  return { ok: true, value, lifeSeconds };
}

/** RFC 6749 section 5.2: `error` and `error_description`, which a careless server may fill with what it was sent. */
function failure(answer: Answer, said: Record<string, unknown>, secrets: string[]): string {
  const reasons = [said.error, said.error_description].filter((part) => typeof part === 'string');
  const reason = withoutSecrets(reasons.join(': '), secrets)
    .replace(SIGNED_STATEMENT, '[redacted]')
    .replace(/[^\x20-\x7e]/g, ' ')
    .slice(0, 300);
  const what = answer.errorDetail?.replace('The receiver', 'The token URL') ?? 'The token URL failed.';
  return reason === '' ? what : `${what} It said: ${reason}`;
}

function parse(body: Buffer | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body?.toString('utf8') ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Not JSON: what is missing in it says enough.
    return {};
  }
}
