import { createHash } from 'node:crypto';
import type { DestinationRequest } from '../destination';

/** SQS takes ten attributes, so the endpoint's own headers stay behind. */
const ATTRIBUTES = [
  'content-type',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'warren-event-id',
  'warren-event-type',
  'warren-event-version',
  'warren-attempt',
  'traceparent',
];

/** The headers of a webhook as message attributes. */
export function attributesOf({ headers }: DestinationRequest) {
  const present = ATTRIBUTES.filter((name) => headers[name]);
  return Object.fromEntries(
    present.map((name) => [name, { DataType: 'String', StringValue: headers[name] ?? '' }]),
  );
}

const GROUP = /^[\x21-\x7e]{1,128}$/;
/** Events without an ordering key keep their order among each other, as in Warren's own lanes. */
const NO_KEY = 'none';

/** What a FIFO queue or topic needs besides: its order is that of the ordering key, and it takes a delivery once. */
export function fifoParts(name: string, { headers, orderingKey = NO_KEY }: DestinationRequest) {
  if (!name.endsWith('.fifo')) return {};
  return {
    MessageGroupId: GROUP.test(orderingKey)
      ? orderingKey
      : createHash('sha256').update(orderingKey).digest('hex'),
    MessageDeduplicationId: headers['webhook-id'] ?? '',
  };
}
