import type { Answer } from '../domain/outcome';
import { decodeId } from '../domain/ids';
import type { Payload, PayloadEvent } from '../domain/payload';
import { stringify } from 'uuid';
import { bearerCredentials, oneOf, type BearerCredentials } from './credential-types';
import type { Destination, DestinationRequest } from './destination';
import type { HttpDestination } from './http/http';
import { blocked } from './http/http-failure';
import type { OutboundPolicy, UrlCheck } from './outbound-policy';
import { webSchemes, webUrl } from './web-url';
import { concealed } from './without-secrets';

const FORM = 'posthog://us.i.posthog.com';
const CAPTURE_PATH = '/i/v0/e/';

/** PostHog's capture endpoint, one event a request; the project's key goes into the body, after it is on record. */
export function makePosthog(http: HttpDestination, policy: OutboundPolicy): Destination {
  const checkUrl = (url: string): UrlCheck => withForm(policy.checkUrl(webUrl(url)));
  return {
    schemes: webSchemes('posthog'),
    form: FORM,
    checkUrl,
    checkResolved: async (url) => withForm(await policy.checkResolved(webUrl(url))),
    credentials: oneOf('bearer, with the key of the project as token', [bearerCredentials]),
    payload: posthogPayload,
    async send(request) {
      const check = checkUrl(request.url);
      if (!check.ok) return { durationMs: 0, ...blocked(check.reason) };
      const { token } = request.credentials as BearerCredentials;
      const answer = await http.send({
        url: `${check.url.origin}${CAPTURE_PATH}`,
        headers: { 'content-type': 'application/json' },
        body: withKey(request, token),
        timeoutMs: request.timeoutMs,
      });
      return concealed(judged(answer), [token]);
    },
    // The connections are those of HTTP, which closes them.
    close: () => Promise.resolve(),
  };
}

function withForm(check: UrlCheck): UrlCheck {
  if (!check.ok || (check.url.pathname === '/' && check.url.search === '')) return check;
  return { ok: false, code: 'INVALID', reason: `a PostHog URL has the form ${FORM}, without a path` };
}

/**
 * The event's type with its data as properties, of nobody in particular. Data with a `distinct_id` (a subscription's
 * transform makes it so) says whose event it is, and may name it (`event`) and its `properties` itself.
 */
function posthogPayload({ type, data, occurredAt, tenantSlug = 'events' }: PayloadEvent): Payload {
  const text = data.toString('utf8');
  const value: unknown = JSON.parse(text);
  const timestamp = occurredAt.toISOString();
  const body = isCapture(value)
    ? JSON.stringify({ event: type, timestamp, ...value })
    : `${JSON.stringify({ event: type, distinct_id: `warren:${tenantSlug}`, timestamp }).slice(0, -1)},"properties":${anonymous(value, text)}}`;
  return { contentType: 'application/json', body: Buffer.from(body) };
}

const isCapture = (value: unknown): value is { distinct_id: string } =>
  typeof value === 'object' &&
  value !== null &&
  'distinct_id' in value &&
  typeof value.distinct_id === 'string';

/** Without a person there is no profile to keep. The data stays as it was written, numbers beyond 2^53 too. */
function anonymous(value: unknown, text: string): string {
  const head = '{"$process_person_profile":false';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${head},"data":${text}}`;
  const members = text.trim().slice(1);
  return Object.keys(value).length === 0 ? `${head}}` : `${head},${members}`;
}

/** PostHog takes events of one uuid once. Ours come last, so that data cannot stand for them. */
function withKey({ headers, body }: DestinationRequest, token: string): Buffer {
  const id = decodeId('delivery', headers['webhook-id'] ?? '');
  const own = JSON.stringify({ api_key: token, ...(id ? { uuid: stringify(id) } : {}) });
  return Buffer.concat([body.subarray(0, -1), Buffer.from(`,${own.slice(1)}`)]);
}

function judged(answer: Answer): Answer {
  const status = answer.response?.status;
  if (status === 401) {
    return { ...answer, error: 'AUTH', errorDetail: 'PostHog does not know the key of the project.' };
  }
  if (answer.error === undefined && answer.response?.body.includes('"quota_limited"')) {
    const errorDetail = 'PostHog drops the events of this project for now: its quota is used up.';
    return { ...answer, error: 'REFUSED', errorDetail };
  }
  return answer;
}
