import type { AwsCredentials } from '../credential-types';
import { badResponse } from '../http/http-failure';
import { refusalOf } from './aws-failure';
import type { AwsService } from './aws-destination';

const FORM = 'eventbridge://events.<region>.amazonaws.com/<bus>?source=…';
const PATH = /^\/(?!aws\.)[\w./-]{1,256}$/;
const ARN_PATH = /^\/arn:aws[\w-]*:events:([a-z\d-]+):\d{12}:event-bus\/[\w.-]{1,256}$/;
const SOURCE = /^(?!aws\.)[\w.:/-]{1,256}$/;
const DEFAULT_SOURCE = 'warren';

/**
 * One event to a bus: the payload is its detail, the event's type its detail-type. A bus knows no attributes, so the
 * delivery's id goes among the resources and the signature stays behind.
 */
export const eventbridge: AwsService = {
  scheme: 'eventbridge',
  form: FORM,
  hostLabel: 'events',
  parameters: ['source'],
  fault({ pathname, searchParams }, region) {
    const ofBus = ARN_PATH.exec(pathname)?.[1];
    if (ofBus === undefined && !PATH.test(pathname)) return `a bus's URL has the form ${FORM}`;
    if (ofBus !== undefined && ofBus !== region) return `the bus is in ${ofBus}, the host in ${region}`;
    const isSource = SOURCE.test(searchParams.get('source') ?? DEFAULT_SOURCE);
    return isSource ? undefined : 'a source has letters, digits and . : / - _, and does not begin with aws.';
  },
  async connect(settings) {
    const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
    const client = new EventBridgeClient(settings);
    return {
      async publish({ pathname, searchParams }, { headers, body, timeoutMs, credentials }) {
        const entry = {
          EventBusName: pathname.slice(1),
          Source: searchParams.get('source') ?? DEFAULT_SOURCE,
          DetailType: headers['warren-event-type'] ?? '',
          Detail: body.toString('utf8'),
          Resources: [headers['webhook-id'] ?? ''],
        };
        const answer = await client.send(new PutEventsCommand({ Entries: [entry] }), {
          requestTimeout: timeoutMs,
        });
        // A refused entry is told in an answer of 200.
        const { EventId, ErrorCode, ErrorMessage = '' } = answer.Entries?.[0] ?? {};
        if (ErrorCode !== undefined) return refusalOf(ErrorCode, ErrorMessage, credentials as AwsCredentials);
        return EventId === undefined ? badResponse('EventBridge gave the event no id.') : undefined;
      },
      destroy: () => client.destroy(),
    };
  },
};
