/** Why, and what to do about it. */
export interface Explanation {
  title: string;
  advice: string;
}

const BY_CODE: Record<string, Explanation> = {
  TIMEOUT: {
    title: 'The receiver did not answer in time',
    advice: 'Answer first, with any 2xx, and do the work afterwards. Or give the endpoint a longer timeout.',
  },
  CONNECTION_REFUSED: {
    title: 'Nobody listens at that address',
    advice:
      'See that the receiver is running, that host and port are right, and that no firewall stands between.',
  },
  CONNECTION_RESET: {
    title: 'The connection broke off before there was an answer',
    advice: 'The receiver, or a proxy before it, closed the connection. Its log may say why.',
  },
  DNS: {
    title: 'The host name is not known',
    advice: 'See that the name in the URL is right, and that its DNS record is public.',
  },
  TLS: {
    title: 'No secure connection came about',
    advice:
      'The certificate may have expired, be for another name, or come without its intermediate certificates.',
  },
  BLOCKED_ADDRESS: {
    title: 'The address is one that Warren does not call',
    advice:
      'It lies in a private or reserved network. Use a public address, or ask whoever runs Warren to allow it.',
  },
  BAD_RESPONSE: {
    title: 'The answer is no proper HTTP',
    advice: 'See that the port speaks HTTP, and that the answer is as long as its content-length says.',
  },
  PAYLOAD: {
    title: 'The request could not be made',
    advice: 'The payload format does not go with the data of this event.',
  },
  DOWNGRADE: {
    title: 'The event could not be turned into an older version',
    advice:
      'The subscription asks for one. The event type’s newer version needs a downgrade that takes this event.',
  },
  TRANSFORM: {
    title: 'The transform of the subscription failed',
    advice:
      'It did not work for the data of this event. Try it with this event in the subscription’s preview.',
  },
  AUTH: {
    title: 'The credentials were not accepted',
    advice: 'The reason is below. Give the endpoint other credentials over the API.',
  },
  UNROUTABLE: {
    title: 'Nothing takes the message there',
    advice: 'Bind a queue to the exchange, or make the queue, stream, topic or bus that the URL names.',
  },
  REFUSED: {
    title: 'The broker or service refused the message',
    advice: 'The reason is below: the exchange may be missing, or the message too large.',
  },
  THROTTLED: {
    title: 'The broker or service takes nothing for now',
    advice: 'Its memory or disk is short, or a limit on the rate is reached. Warren waits and tries again.',
  },
};

const BY_STATUS: Record<number, Explanation> = {
  301: { title: 'The receiver answers with a redirect', advice: 'Webhooks follow none. Enter the new URL.' },
  400: {
    title: 'The receiver refused the request as wrong',
    advice: 'Its answer below may say what it expects.',
  },
  401: {
    title: 'The receiver asks who is calling',
    advice:
      'Does it verify with the secret of this endpoint, over the raw body? Or it wants a header of its own.',
  },
  403: {
    title: 'The receiver does not allow it',
    advice: 'A firewall or bot filter may stand before it: let Warren pass.',
  },
  404: { title: 'There is nothing at that path', advice: 'See that the path in the URL is right.' },
  405: { title: 'That path takes no POST', advice: 'Webhooks are POST requests.' },
  410: { title: 'The receiver says that it wants no more', advice: '410 disables the endpoint.' },
  413: {
    title: 'The request is too large for the receiver',
    advice: 'Raise its limit, or leave fields out.',
  },
  429: { title: 'The receiver asks to slow down', advice: 'Warren waits as long as Retry-After says.' },
};

/** @param error the stable code of the attempt, such as HTTP_500 */
export function explain(error: string | null): Explanation | null {
  if (error === null) return null;
  const status = Number(/^HTTP_(\d+)$/.exec(error)?.[1]);
  if (Number.isNaN(status))
    return BY_CODE[error] ?? { title: `It failed: ${error}`, advice: 'The table of error codes says more.' };
  const known = BY_STATUS[status] ?? (status >= 300 && status < 400 ? BY_STATUS[301] : undefined);
  if (known) return known;
  return status >= 500
    ? {
        title: `The receiver broke (HTTP ${status})`,
        advice: 'Something failed on its side. Its log at this time says what; the answer is below.',
      }
    : { title: `The receiver answered HTTP ${status}`, advice: 'Only 2xx counts as received.' };
}
