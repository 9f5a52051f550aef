import { originOf, type Credentials } from '../../domain/request/credentials';
import type { UserErrorCode } from '../../domain/errors';
import { fault, type Faults } from './field-checks';

/**
 * What the URL's scheme says about credentials, or about there being none (null). Problems never quote a value. What is
 * dialled for them must be within the tenant's reach.
 */
export type CheckCredentials = (tenantId: string, url: string, given: unknown) => Promise<CredentialsVerdict>;

export type CredentialsVerdict =
  | { ok: true; credentials: Credentials | null }
  | { ok: false; problems: { code: UserErrorCode; field: string[]; message: string }[] };

export type CredentialsChange =
  /** Undefined: those that are there stay. */
  { ok: true; value: Credentials | null | undefined } | { ok: false; userErrors: Faults };

/**
 * What an update does to the credentials. They were given for one host: whoever may change the URL must not be able to
 * have them sent to another, so a URL that moves there needs them again.
 * @param given undefined: nothing was said of them; null: they shall go
 * @param stored those that are there, asked only where it matters
 */
export async function changeCredentials(
  check: CheckCredentials,
  before: CredentialsPlace & { hasCredentials: boolean },
  { url, headers }: Pick<CredentialsPlace, 'url' | 'headers'>,
  given: unknown,
  stored: () => Promise<Credentials | null>,
): Promise<CredentialsChange> {
  if (given !== undefined || !before.hasCredentials) {
    return checkCredentials(check, { tenantId: before.tenantId, url, headers }, given ?? null);
  }
  if (originOf(url) !== originOf(before.url)) {
    const message = 'The credentials were given for another host: give them again, or null to drop them.';
    return { ok: false, userErrors: [fault('REQUIRED', message, 'credentials')] };
  }
  // One that was there before stays there: the credentials win over it.
  const isNew = headers.authorization !== before.headers.authorization;
  const userErrors =
    isNew && headers.authorization !== undefined ? faultsBeside(url, headers, await stored()) : [];
  return userErrors.length > 0 ? { ok: false, userErrors } : { ok: true, value: undefined };
}

/** What they are given beside. */
interface CredentialsPlace {
  tenantId: string;
  url: string;
  /** The endpoint's own, names in lower case. */
  headers: Readonly<Record<string, string>>;
}

/** Of HTTP's kinds of credentials, those that a request carries in `authorization`. */
const IN_AUTHORIZATION = new Set(['basic', 'bearer', 'oauth2']);

export async function checkCredentials(
  check: CheckCredentials,
  { tenantId, url, headers }: CredentialsPlace,
  given: unknown,
): Promise<{ ok: true; value: Credentials | null } | { ok: false; userErrors: Faults }> {
  const verdict = await check(tenantId, url, given ?? null);
  const userErrors = verdict.ok
    ? faultsBeside(url, headers, verdict.credentials)
    : verdict.problems.map(({ code, field, message }) => fault(code, message, 'credentials', ...field));
  return verdict.ok && userErrors.length === 0
    ? { ok: true, value: verdict.credentials }
    : { ok: false, userErrors };
}

/** A header that the credentials would replace without a word. */
function faultsBeside(
  url: string,
  headers: CredentialsPlace['headers'],
  credentials: Credentials | null,
): Faults {
  const isReplaced = /^https?:/i.test(url) && credentials !== null && IN_AUTHORIZATION.has(credentials.type);
  if (!isReplaced || headers.authorization === undefined) return [];
  const message = `the ${credentials.type} credentials make this header themselves: leave out one of the two`;
  return [fault('INVALID', message, 'headers', 'authorization')];
}
