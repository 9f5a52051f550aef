import { z } from 'zod';
import type { Destination } from './destination';
import type { HttpDestination } from './http/http';
import type { OutboundPolicy } from './outbound-policy';
import { slackPayload } from './slack-message';

/** Slack's incoming webhooks, and what takes the same messages: those, and no payload format. */
export function makeSlack(http: HttpDestination, policy: OutboundPolicy): Destination {
  return {
    schemes: ['slack:'],
    form: 'slack://hooks.slack.com/services/…',
    checkUrl: (url) => policy.checkUrl(webhookOf(url)),
    checkResolved: (url) => policy.checkResolved(webhookOf(url)),
    credentials: z.null({ error: 'slack takes no credentials: the URL has the token' }),
    payload: slackPayload,
    send: (request) => http.send({ ...request, url: webhookOf(request.url) }),
    // The connections are those of HTTP, which closes them.
    close: () => Promise.resolve(),
  };
}

const webhookOf = (url: string): string => url.replace(/^slack:/i, 'https:');
