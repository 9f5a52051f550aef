import { z } from 'zod';
import { bearerCredentials, oneOf, type BearerCredentials } from '../../src/destinations/credential-types';
import type { Destination } from '../../src/destinations/destination';
import type { HttpDestination } from '../../src/destinations/http/http';
import { blocked } from '../../src/destinations/http/http-failure';
import type { OutboundPolicy } from '../../src/destinations/outbound-policy';
import type { UrlCheck } from '../../src/destinations/parse-url';
import { webSchemes, webUrl } from '../../src/destinations/web-url';
import { concealed } from '../../src/destinations/without-secrets';
import type { Payload, PayloadEvent } from '../../src/domain/data/payload';

const FORM = 'ntfy://ntfy.sh/topic';
const TOPIC = /^\/[\w-]{1,64}$/;

/** ntfy (https://docs.ntfy.sh/publish/): each delivery is a notification on somebody's phone. */
export function makeNtfy(http: HttpDestination, policy: OutboundPolicy): Destination {
  const checkUrl = (url: string): UrlCheck => withTopic(policy.checkUrl(webUrl(url)));
  return {
    schemes: webSchemes('ntfy'),
    form: FORM,
    checkUrl,
    checkResolved: async (url) => withTopic(await policy.checkResolved(webUrl(url))),
    credentials: z.nullable(oneOf('bearer', [bearerCredentials])),
    payload: notification,
    async send({ url, credentials, headers, body, timeoutMs }) {
      const check = checkUrl(url);
      if (!check.ok) return { durationMs: 0, ...blocked(check.reason) };
      const { token } = (credentials as BearerCredentials | null) ?? {};
      const answer = await http.send({
        url: check.url.href,
        headers: {
          ...headers,
          title: headers['warren-event-type'] ?? '',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body,
        timeoutMs,
      });
      return token === undefined ? answer : concealed(answer, [token]);
    },
    // The connections are those of HTTP, which closes them.
    close: () => Promise.resolve(),
  };
}

function withTopic(check: UrlCheck): UrlCheck {
  if (!check.ok || (check.url.search === '' && TOPIC.test(check.url.pathname))) return check;
  return { ok: false, code: 'INVALID', reason: `a URL of ntfy has the form ${FORM}` };
}

/** A text is shown as it is (a subscription's transform makes one), all else as JSON. */
function notification({ data }: PayloadEvent): Payload {
  const value: unknown = JSON.parse(data.toString('utf8'));
  return { contentType: 'text/plain', body: typeof value === 'string' ? Buffer.from(value) : data };
}
