import type { Answer } from '../domain/outcome';
import type { ClientCredentials } from './credential-types';
import type { HttpDestination } from './http';

/** Access tokens by client credentials (RFC 6749 section 4.4), kept for as long as they are good. */
export interface Tokens {
  get(credentials: ClientCredentials, timeoutMs: number): Promise<Token>;
  /** The receiver did not take it. */
  drop(credentials: ClientCredentials, value: string): void;
}

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
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

export function makeTokens(http: HttpDestination): Tokens {
  // By the settings object: a change of the endpoint makes a new one, so no token outlives what it was asked with.
  const kept = new WeakMap<ClientCredentials, Kept>();
  const asked = new WeakMap<ClientCredentials, Promise<Token>>();

  async function ask(credentials: ClientCredentials, timeoutMs: number): Promise<Token> {
    const answer = await http.send({ ...tokenRequest(credentials), timeoutMs });
    const read = readAnswer(answer, credentials);
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

/** Short lives are used for half of theirs, so that each is used at all. */
const lifeMs = (seconds: number): number => 1000 * Math.max(seconds - MARGIN_SECONDS, seconds / 2);

function tokenRequest(credentials: ClientCredentials) {
  const { tokenUrl, clientId, clientSecret, scope, audience, clientAuthentication } = credentials;
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) form.set('scope', scope);
  if (audience !== undefined) form.set('audience', audience);
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  if (clientAuthentication === 'basic') {
    // RFC 6749 section 2.3.1: both are form-encoded before they are put together.
    headers.authorization = basicAuthorization(formEncode(clientId), formEncode(clientSecret));
  } else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  return { url: tokenUrl, headers, body: Buffer.from(form.toString()) };
}

export const basicAuthorization = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

type Read = { ok: true; value: string; lifeSeconds: number } | { ok: false; reason: string };

function readAnswer(answer: Answer, credentials: ClientCredentials): Read {
  const said = parse(answer.response?.body);
  if (answer.error !== undefined) return { ok: false, reason: failure(answer, said, credentials) };
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
function failure(answer: Answer, said: Record<string, unknown>, { clientSecret }: ClientCredentials): string {
  const reasons = [said.error, said.error_description].filter((part) => typeof part === 'string');
  const reason = reasons
    .join(': ')
    .replaceAll(clientSecret, '[redacted]')
    .replaceAll(formEncode(clientSecret), '[redacted]')
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
