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
 */
export async function changeCredentials(
  check: CheckCredentials,
  before: { tenantId: string; url: string; hasCredentials: boolean },
  { url, headers }: Pick<CredentialsPlace, 'url' | 'headers'>,
  given: unknown,
): Promise<CredentialsChange> {
  if (given === undefined && before.hasCredentials) {
    if (originOf(url) === originOf(before.url)) return { ok: true, value: undefined };
    const message = 'The credentials were given for another host: give them again, or null to drop them.';
    return { ok: false, userErrors: [fault('REQUIRED', message, 'credentials')] };
  }
  return checkCredentials(check, { tenantId: before.tenantId, url, headers }, given ?? null);
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
  if (verdict.ok) {
    const { credentials } = verdict;
    const isReplaced = /^https?:/i.test(url) && 'authorization' in headers && credentials !== null;
    if (!isReplaced || !IN_AUTHORIZATION.has(credentials.type)) return { ok: true, value: credentials };
    const message = `the ${credentials.type} credentials make this header themselves: leave out one of the two`;
    return { ok: false, userErrors: [fault('INVALID', message, 'headers', 'authorization')] };
  }
  const userErrors = verdict.problems.map(({ code, field, message }) =>
    fault(code, message, 'credentials', ...field),
  );
  return { ok: false, userErrors };
}
