import type { Answer } from '../../domain/delivery/outcome';
import { binaryCloudEvent } from '../binary-cloud-event';
import { oneOf, serviceAccount, type ServiceAccount } from '../credential-types';
import type { Destination, DestinationRequest } from '../destination';
import type { HttpDestination } from '../http/http';
import { blocked } from '../http/http-failure';
import { makeTokens, sendWithToken } from '../http/oauth-tokens';
import type { OutboundPolicy } from '../outbound-policy';
import type { UrlCheck } from '../parse-url';
import { webSchemes, webUrl } from '../web-url';
import { serviceAccountGrant } from './service-account-grant';

const FORM = 'pubsub://pubsub.googleapis.com/projects/<project>/topics/<topic>';
const PATH = /^\/projects\/[a-z][a-z\d:.-]{4,98}\/topics\/[a-z][\w.~+%-]{2,254}$/i;
const THROTTLE_SECONDS = 5;

/**
 * Google Pub/Sub through its REST interface, which needs no gRPC; done when it has given the message an id. In the form
 * CLOUDEVENTS, binary mode of the Pub/Sub binding.
 */
export function makePubsub(http: HttpDestination, policy: OutboundPolicy): Destination {
  const tokens = makeTokens(http, serviceAccountGrant);
  const checkUrl = (url: string): UrlCheck => withForm(policy.checkUrl(webUrl(url)));
  return {
    schemes: webSchemes('pubsub'),
    form: FORM,
    checkUrl,
    checkResolved: async (url) => withForm(await policy.checkResolved(webUrl(url))),
    credentials: oneOf('service_account', [serviceAccount]),
    urlWithin: ({ token_uri: url }) => ({ field: 'token_uri', url: String(url) }),
    payload: (event, format) => (format === 'CLOUDEVENTS' ? binaryCloudEvent(event) : undefined),
    async send(request) {
      const check = checkUrl(request.url);
      if (!check.ok) return { durationMs: 0, ...blocked(check.reason) };
      const { origin, pathname } = check.url;
      const publish = {
        url: `${origin}/v1${pathname}:publish`,
        headers: { 'content-type': 'application/json' },
        body: bodyOf(request),
        timeoutMs: request.timeoutMs,
      };
      return judged(await sendWithToken({ http, tokens }, request.credentials as ServiceAccount, publish));
    },
    // The connections are those of HTTP, which closes them.
    close: () => Promise.resolve(),
  };
}

function withForm(check: UrlCheck): UrlCheck {
  if (!check.ok) return check;
  const { pathname, search } = check.url;
  if (search === '' && PATH.test(pathname)) return check;
  return { ok: false, code: 'INVALID', reason: `a topic's URL has the form ${FORM}` };
}

function bodyOf({ headers, body, orderingKey }: DestinationRequest): Buffer {
  const message = {
    data: body.toString('base64'),
    attributes: headers,
    ...(orderingKey === undefined ? {} : { orderingKey }),
  };
  return Buffer.from(JSON.stringify({ messages: [message] }));
}

/** Google's own words for what went wrong, in the terms of an attempt. */
function judged(answer: Answer): Answer {
  const said = read(answer.response?.body);
  if (answer.error === undefined) {
    const isKept = said.messageIds?.length === 1;
    return isKept
      ? answer
      : { ...answer, error: 'BAD_RESPONSE', errorDetail: 'Pub/Sub gave the message no id.' };
  }
  const { status, message } = said.error ?? {};
  const errorDetail = `Pub/Sub said: ${String(status)}: ${String(message).slice(0, 300)}`;
  switch (status) {
    case 'NOT_FOUND':
      return { ...answer, error: 'UNROUTABLE', errorDetail };
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return { ...answer, error: 'AUTH', errorDetail };
    case 'RESOURCE_EXHAUSTED':
      return { retryAfterSeconds: THROTTLE_SECONDS, ...answer, error: 'THROTTLED', errorDetail };
    case undefined:
      return answer;
    default:
      return { ...answer, errorDetail };
  }
}

interface Said {
  messageIds?: unknown[];
  error?: { status?: unknown; message?: unknown };
}

function read(body: Buffer | undefined): Said {
  try {
    const said: unknown = JSON.parse(body?.toString('utf8') ?? '');
    return typeof said === 'object' && said !== null ? said : {};
  } catch {
    // Not of Google: the status says enough.
    return {};
  }
}
