/** An endpoint's own request headers: what a tenant may add to the requests that go to their receiver. */

export const HEADER_LIMITS = { count: 20, totalBytes: 4096 } as const;

export interface HeaderProblem {
  /** `headers`, or `headers.<name>` as it was given. */
  field: string;
  message: string;
}

export type HeaderCheck =
  { ok: true; headers: Record<string, string> } | { ok: false; problems: HeaderProblem[] };

/** RFC 9110 section 5.6.2. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i;

/** RFC 9110 section 5.5 as Node writes it, one byte a character; CR, LF and NUL would end the header or the request. */
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The connection's own, or set by Warren on every request: a tenant who could set these could smuggle or forge. */
const RESERVED = new Set([
  '__proto__',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);
const RESERVED_FAMILIES = ['proxy-', 'webhook-', 'warren-'];

/**
 * Checks a JSON object of name → value. Names come back in lower case, values without surrounding whitespace.
 * Nothing (null, undefined) is no headers. All problems are reported at once; messages never quote a value.
 */
export function checkEndpointHeaders(value: unknown): HeaderCheck {
  if (value === null || value === undefined) return { ok: true, headers: {} };
  if (typeof value !== 'object' || Array.isArray(value)) {
    return {
      ok: false,
      problems: [{ field: 'headers', message: 'headers must be an object of name and text' }],
    };
  }
  const given: [string, unknown][] = Object.entries(value);
  const headers = new Map<string, string>();
  const problems: HeaderProblem[] = [];
  for (const [givenName, givenValue] of given) {
    const name = givenName.toLowerCase();
    const message = headers.has(name) ? 'the same header is given twice' : problemOf(name, givenValue);
    if (message) problems.push({ field: `headers.${givenName.slice(0, 100)}`, message });
    else headers.set(name, String(givenValue).trim());
  }
  if (given.length > HEADER_LIMITS.count) {
    problems.push({
      field: 'headers',
      message: `at most ${HEADER_LIMITS.count} headers, not ${given.length}`,
    });
  }
  const totalBytes = [...headers].reduce((sum, [name, text]) => sum + name.length + text.length, 0);
  if (totalBytes > HEADER_LIMITS.totalBytes) {
    const message = `names and values together take at most ${HEADER_LIMITS.totalBytes} bytes, not ${totalBytes}`;
    problems.push({ field: 'headers', message });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, headers: Object.fromEntries(headers) };
}

function problemOf(name: string, value: unknown): string | undefined {
  if (!HEADER_NAME.test(name))
    return 'a header name has letters, digits and - only (an RFC 9110 token, at most 100)';
  if (RESERVED.has(name) || RESERVED_FAMILIES.some((family) => name.startsWith(family))) {
    return 'this header is set by Warren or by the connection';
  }
  if (typeof value !== 'string') return 'the value must be text';
  if (!HEADER_VALUE.test(value)) return 'the value has a character that HTTP does not carry; encode it first';
  return undefined;
}

export const REDACTED = '[redacted]';

const SECRET_NAME =
  /authorization|cookie|api-?key|access-?key|private-?key|auth-?key|token|secret|passw|credential|session|(^|-)auth(-|$)/;
const SECRET_VALUE = /^(bearer|basic|digest|token|apikey)\s/i;

/**
 * As it may go on record: what looks like a credential by name or by value is masked, in a copy; the same object where
 * nothing does. Names must be in lower case.
 */
export function redactHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (secretValues(headers).length === 0) return headers;
  const copy: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    copy[name] = isSecret(name, value) ? REDACTED : value;
  }
  return copy;
}

/** What must not come back in an answer: the same values, without the scheme before them. */
export function secretValues(headers: Readonly<Record<string, string>>): string[] {
  const secrets: string[] = [];
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (isSecret(name, value)) secrets.push(value.replace(SECRET_VALUE, ''));
  }
  return secrets;
}

const isSecretName = rememberedByName((name) => SECRET_NAME.test(name));

const isSecret = (name: string, value: string): boolean => isSecretName(name) || SECRET_VALUE.test(value);

/** There are few names, and each is asked about with every request. */
const MAX_NAMES = 10_000;

/** The same answers, each found once: until a tenant has made up so many names that all are forgotten. */
export function rememberedByName(test: (name: string) => boolean): (name: string) => boolean {
  const answers = new Map<string, boolean>();
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    if (answers.size >= MAX_NAMES) answers.clear();
    const answer = test(name);
    answers.set(name, answer);
    return answer;
  };
}
