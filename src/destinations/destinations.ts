import type { Credentials } from '../domain/request/credentials';
import type { UserErrorCode } from '../domain/errors';
import type { Answer } from '../domain/delivery/outcome';
import type { OwnPayload } from '../domain/data/payload';
import { secretValues } from '../domain/request/request-headers';
import { makeAmqp } from './amqp';
import { makeAwsDestination } from './aws/aws-destination';
import { eventbridge } from './aws/eventbridge';
import { sns } from './aws/sns';
import { sqs } from './aws/sqs';
import type { Destination, DestinationRequest } from './destination';
import { makePubsub } from './google/pubsub';
import { makeHttpDestination, type HttpDestinationOptions } from './http/http';
import { makeHttpAuth } from './http/http-auth';
import { blocked } from './http/http-failure';
import { makeKafka } from './kafka/kafka';
import { makeNats } from './nats';
import type { UrlCheck } from './parse-url';
import { makePosthog } from './posthog/posthog';
import { makeSlack } from './slack';
import { makeTunnel, type AskTunnel } from './tunnel';
import { concealing } from './without-secrets';

/** Of keys that there are none of, somebody else's text, what an answer repeats. */
const MAX_KEYS_SHOWN = 20;
const MAX_KEY_SHOWN = 100;

/** Every kind of receiver there is, by the scheme of the URL. */
export interface Destinations {
  checkUrl(url: string): Promise<UrlCheck>;
  /** What the URL's destination says of these, or of none (null). */
  checkCredentials(
    url: string,
    given: unknown,
  ): Promise<{ ok: true; credentials: Credentials | null } | { ok: false; problems: CredentialsProblem[] }>;
  ownPayload: OwnPayload;
  send(request: DestinationRequest): Promise<Answer>;
  close(): Promise<void>;
}

export interface CredentialsProblem {
  code: UserErrorCode;
  /** Path into the credentials. */
  field: string[];
  message: string;
}

export interface DestinationsOptions extends HttpDestinationOptions {
  /** Undefined: there are no tunnels. */
  askTunnel?: AskTunnel;
}

/** What is meant for a web server and lacks its scheme; `mailto:` and the like are something else. */
const HOST_FIRST = /^(\/\/)?[a-z\d.-]+(:\d+)?([/?]|$)/i;

export function makeDestinations(options: DestinationsOptions): Destinations {
  const { policy, askTunnel, userAgent } = options;
  const http = makeHttpDestination(options);
  const chosen: Destination[] = [
    ...makeHttpAuth(http, options),
    makeAmqp(options),
    makeNats(options),
    makeKafka(options),
    makeAwsDestination(sqs, http, policy),
    makeAwsDestination(sns, http, policy),
    makeAwsDestination(eventbridge, http, policy),
    makePubsub(http, policy),
    makeSlack(http, policy),
    makePosthog(http, policy),
  ];
  // Nobody writes the URL of a tunnel.
  const all = askTunnel ? [...chosen, makeTunnel(askTunnel, userAgent)] : chosen;
  const byScheme = new Map(all.flatMap((one) => one.schemes.map((scheme) => [scheme, one] as const)));
  const others = chosen
    .filter(({ schemes }) => !schemes.some((scheme) => scheme === 'https:' || scheme === 'http:'))
    .map(({ form }) => form)
    .join(', ');

  const find = (url: string): Destination | undefined => byScheme.get(schemeOf(url));

  return {
    async checkUrl(url) {
      const destination = find(url);
      if (destination) return destination.checkResolved(url);
      // Pasted along, and not to be seen.
      if (url !== url.trim())
        return { ok: false, code: 'INVALID', reason: 'a URL has no spaces before or after it' };
      return {
        ok: false,
        code: 'INVALID',
        reason: HOST_FIRST.test(url)
          ? 'a URL begins with its scheme, before the host: https:// or http://'
          : `a URL begins with https:// or http://. Other forms: ${others}`,
      };
    },

    async checkCredentials(url, given) {
      const destination = find(url);
      // The URL is refused already.
      if (!destination) return { ok: true, credentials: null };
      const parsed = destination.credentials.safeParse(given);
      if (!parsed.success) {
        const code = given === null ? ('REQUIRED' as const) : ('INVALID' as const);
        const problems = parsed.error.issues.flatMap((issue) => {
          const field = issue.path.map(String);
          const { message } = issue;
          if (issue.code !== 'unrecognized_keys') return [{ code, field, message }];
          const shown = issue.keys.slice(0, MAX_KEYS_SHOWN).map((key) => key.slice(0, MAX_KEY_SHOWN));
          return shown.map((key) => ({ code, field: [...field, key], message }));
        });
        return { ok: false, problems };
      }
      const within = parsed.data && destination.urlWithin?.(parsed.data);
      const verdict = within ? await policy.checkResolved(within.url) : undefined;
      if (!within || !verdict || verdict.ok) return { ok: true, credentials: parsed.data };
      return {
        ok: false,
        problems: [{ code: verdict.code, field: [within.field], message: verdict.reason }],
      };
    },

    ownPayload: (url, event, format) => find(url)?.payload?.(event, format),

    send(request) {
      const destination = find(request.url);
      if (!destination) {
        return Promise.resolve({ durationMs: 0, ...blocked('there is no destination for this kind of URL') });
      }
      return concealing(secretValues(request.headers), destination.send(request));
    },

    async close() {
      await Promise.all(all.map((destination) => destination.close()));
      await http.close();
    },
  };
}

const schemeOf = (url: string): string => /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase() ?? '';
