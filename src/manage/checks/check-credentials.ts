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
  url: string,
  given: unknown,
): Promise<CredentialsChange> {
  if (given === undefined && before.hasCredentials) {
    if (originOf(url) === originOf(before.url)) return { ok: true, value: undefined };
    const message = 'The credentials were given for another host: give them again, or null to drop them.';
    return { ok: false, userErrors: [fault('REQUIRED', message, 'credentials')] };
  }
  return checkCredentials(check, { tenantId: before.tenantId, url }, given ?? null);
}

export async function checkCredentials(
  check: CheckCredentials,
  { tenantId, url }: { tenantId: string; url: string },
  given: unknown,
): Promise<{ ok: true; value: Credentials | null } | { ok: false; userErrors: Faults }> {
  const verdict = await check(tenantId, url, given ?? null);
  if (verdict.ok) return { ok: true, value: verdict.credentials };
  const userErrors = verdict.problems.map(({ code, field, message }) =>
    fault(code, message, 'credentials', ...field),
  );
  return { ok: false, userErrors };
}
