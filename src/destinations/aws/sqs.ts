import type { AwsService } from './aws-destination';
import { attributesOf, fifoParts } from './message-parts';

const FORM = 'sqs://sqs.<region>.amazonaws.com/<account>/<queue>';
const PATH = /^\/\d{12}\/[\w-]{1,80}(\.fifo)?$/;

/** One message to a queue; done when SQS has it, and has read the same bytes. */
export const sqs: AwsService = {
  scheme: 'sqs',
  form: FORM,
  hostLabel: 'sqs',
  fault: ({ pathname }) => (PATH.test(pathname) ? undefined : `a queue's URL has the form ${FORM}`),
  async connect(settings) {
    const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const client = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
    return {
      async publish({ origin, pathname }, request) {
        const command = new SendMessageCommand({
          QueueUrl: `${origin}${pathname}`,
          MessageBody: request.body.toString('utf8'),
          MessageAttributes: attributesOf(request),
          ...fifoParts(pathname, request),
        });
        await client.send(command, { requestTimeout: request.timeoutMs });
        return undefined;
      },
      destroy: () => client.destroy(),
    };
  },
};
