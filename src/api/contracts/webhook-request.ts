/** The request that a receiver gets, apart from its data: what OpenAPI says of it and what the page shows. */

const text = { type: 'string' };

/** Headers by name. Their order is the page's. */
export const WEBHOOK_HEADERS: Readonly<
  Record<string, { description: string; schema: object; example: string }>
> = {
  'webhook-id': {
    description: 'The delivery’s id, the same at each attempt: count each once.',
    schema: { ...text, pattern: '^dlv_[0-9a-z]{26}$' },
    example: 'dlv_01m85days8erctmg40dhsvas62',
  },
  'webhook-timestamp': {
    description: 'Unix seconds of this attempt. Refuse what is more than five minutes off.',
    schema: { ...text, pattern: '^[0-9]+$' },
    example: '1795478092',
  },
  'webhook-signature': {
    description:
      'One signature for each live secret, newest first, spaces between. `v1,` and the base64 of HMAC-SHA256 over ' +
      '`<webhook-id>.<webhook-timestamp>.<body>`, or `v1a,` and that of ed25519: Standard Webhooks 1.0.',
    schema: { ...text, pattern: '^v1a?,\\S+( v1a?,\\S+)*$' },
    example: 'v1,wm/UpFn4nkJIuXDhgQmUHYcFI3fJrSaaFzRbYCmDRXk=',
  },
  'warren-event-id': {
    description: 'The event’s id: two subscriptions that match it make two deliveries of it.',
    schema: { ...text, pattern: '^evt_[0-9a-z]{26}$' },
    example: 'evt_01m85days8e7z8fd98hpfey9n9',
  },
  'warren-event-type': { description: 'Its type.', schema: text, example: 'order.placed' },
  'warren-event-version': {
    description: 'The version of the type that `data` follows.',
    schema: { ...text, pattern: '^[0-9]+$' },
    example: '1',
  },
  'warren-attempt': {
    description: 'Counts the attempts from 1.',
    schema: { ...text, pattern: '^[0-9]+$' },
    example: '1',
  },
  traceparent: {
    description: 'W3C trace context, when the publisher sent one or Warren traces. Not always there.',
    schema: text,
    example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
};

export const isAlwaysThere = (header: string): boolean => header !== 'traceparent';

/** What an answer means to Warren, by status. An object would put the numbers first. */
export const WEBHOOK_ANSWERS: readonly (readonly [status: string, meaning: string])[] = [
  ['2XX', 'Received, when it comes in time. The body is kept for people to read and means nothing.'],
  ['410', 'Gone: this delivery is given up, and the endpoint gets no more until somebody enables it.'],
  ['429', 'Not now: with Retry-After, everything for this endpoint waits that long, a day at most.'],
  ['503', 'The same as 429.'],
  [
    'default',
    'Any other status, a redirect, or no answer in time: it is sent again by the endpoint’s schedule.',
  ],
];
