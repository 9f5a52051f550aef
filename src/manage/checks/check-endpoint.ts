import type { UserErrorCode } from '../../domain/errors';
import { LIMITS } from '../../domain/limits';
import type { PayloadFormat, SignatureScheme } from '../../domain/nouns';
import { formatFits } from '../../domain/data/payload';
import { checkEndpointHeaders } from '../../domain/request/request-headers';
import {
  checkLength,
  checkMaxInFlight,
  checkName,
  checkRateLimit,
  checkRetrySchedule,
  checkTimeout,
  fault,
  tidy,
  type Faults,
} from './field-checks';

/** May requests of the tenant's go there? The outbound policy, name look-up included. */
export type CheckUrl = (tenantId: string, url: string) => UrlVerdict;

type UrlVerdict = Promise<{ ok: true } | { ok: false; code: UserErrorCode; reason: string }>;

/** The part of an endpoint that people write, whole: an update is checked as what it leads to. */
export interface EndpointFields {
  url: string;
  /** Undefined: the URL's host. */
  name?: string | undefined;
  description: string;
  headers: unknown;
  payloadFormat: PayloadFormat;
  signatureScheme: SignatureScheme;
  timeoutMs: number;
  /** Null: no limit. */
  rateLimitPerSecond: number | null;
  maxInFlight: number | null;
  ordered: boolean;
  /** Null: the deployment's own. */
  retrySchedule: number[] | null;
}

export interface CheckedFields extends Omit<EndpointFields, 'headers' | 'name'> {
  name: string;
  headers: Record<string, string>;
}

const MAX_URL_LENGTH = 2048;
export const DEFAULT_TIMEOUT_MS = 15_000;

/** Every fault at once. `checkUrl` is left out when the URL has not changed: it asks the name server. */
export async function checkEndpoint(
  fields: EndpointFields,
  ladder: readonly number[],
  checkUrl?: (url: string) => UrlVerdict,
): Promise<{ ok: true; value: CheckedFields } | { ok: false; userErrors: Faults }> {
  const name = fields.name ?? hostOf(fields.url);
  const headers = checkEndpointHeaders(fields.headers);
  const userErrors = [
    ...(checkUrl ? await checkAddress(fields.url, checkUrl) : []),
    ...(fields.name === undefined ? [] : checkName(fields.name)),
    ...checkLength(fields.description, LIMITS.descriptionLength, 'description'),
    ...(headers.ok
      ? []
      : headers.problems.map(({ field, message }) => fault('INVALID', message, ...pathOf(field)))),
    ...checkFormat(fields),
    ...checkTimeout(fields.timeoutMs),
    ...(fields.rateLimitPerSecond === null ? [] : checkRateLimit(fields.rateLimitPerSecond)),
    ...(fields.maxInFlight === null ? [] : checkMaxInFlight(fields.maxInFlight)),
    ...(fields.retrySchedule ? checkRetrySchedule(fields.retrySchedule, ladder) : []),
  ];
  if (userErrors.length > 0 || !headers.ok) return { ok: false, userErrors };
  const texts = { name: tidy(name), description: tidy(fields.description) };
  return { ok: true, value: { ...fields, ...texts, headers: headers.headers } };
}

async function checkAddress(url: string, checkUrl: (url: string) => UrlVerdict): Promise<Faults> {
  if (url === '') return [fault('REQUIRED', 'url must not be empty', 'url')];
  if (url.length > MAX_URL_LENGTH)
    return [fault('TOO_LONG', `url has at most ${MAX_URL_LENGTH} characters`, 'url')];
  const verdict = await checkUrl(url);
  return verdict.ok ? [] : [fault(verdict.code, verdict.reason, 'url')];
}

function checkFormat({ payloadFormat, signatureScheme }: EndpointFields): Faults {
  if (formatFits(payloadFormat, signatureScheme)) return [];
  return [fault('INVALID', 'EMBEDDED_SIGNATURE needs signatureScheme HMAC_SHA256', 'payloadFormat')];
}

/** `headers.x-api-key`: only the first dot divides, a header's name may have more. */
function pathOf(field: string): string[] {
  const dot = field.indexOf('.');
  return dot < 0 ? [field] : [field.slice(0, dot), field.slice(dot + 1)];
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host.slice(0, LIMITS.nameLength) : '';
}
