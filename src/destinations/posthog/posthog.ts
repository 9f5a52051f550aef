import type { Answer } from '../../domain/delivery/outcome';
import { makeClientPool } from '../client-pool';
import { bearerCredentials, oneOf, type BearerCredentials } from '../credential-types';
import type { Destination } from '../destination';
import type { HttpDestination } from '../http/http';
import { blocked, failureOf } from '../http/http-failure';
import type { OutboundPolicy } from '../outbound-policy';
import type { UrlCheck } from '../parse-url';
import { timed } from '../timed';
import { webSchemes, webUrl } from '../web-url';
import { concealed } from '../without-secrets';
import { captureOf, posthogPayload } from './capture';
import { openProject } from './project';

const FORM = 'posthog://us.i.posthog.com';

/** PostHog's capture. Events go in batches; each delivery keeps an attempt of its own. */
export function makePosthog(http: HttpDestination, policy: OutboundPolicy): Destination {
  const pool = makeClientPool((request) => Promise.resolve(openProject(http, request)));
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
      const capture = captureOf(request);
      const answer = await timed(
        request.timeoutMs,
        () => pool.use(request, (project) => project.send(capture)),
        failureOf,
      );
      return concealed(judged(answer), [token]);
    },
    close: () => pool.close(),
  };
}

function withForm(check: UrlCheck): UrlCheck {
  if (!check.ok || (check.url.pathname === '/' && check.url.search === '')) return check;
  return { ok: false, code: 'INVALID', reason: `a PostHog URL has the form ${FORM}, without a path` };
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
