import type { AwsService } from './aws-destination';
import { attributesOf, fifoParts } from './message-parts';

const FORM = 'sns://sns.<region>.amazonaws.com/arn:aws:sns:<region>:<account>:<topic>';
const PATH = /^\/arn:aws[\w-]*:sns:([a-z\d-]+):\d{12}:[\w-]{1,256}(\.fifo)?$/;

/** One message to a topic; done when SNS has it. */
export const sns: AwsService = {
  scheme: 'sns',
  form: FORM,
  hostLabel: 'sns',
  fault({ pathname }, region) {
    const ofTopic = PATH.exec(pathname)?.[1];
    if (ofTopic === undefined) return `a topic's URL has the form ${FORM}`;
    return ofTopic === region ? undefined : `the topic is in ${ofTopic}, the host in ${region}`;
  },
  async connect(settings) {
    const { SNSClient, PublishCommand } = await import('@aws-sdk/client-sns');
    const client = new SNSClient(settings);
    return {
      async publish({ pathname }, request) {
        const command = new PublishCommand({
          TopicArn: pathname.slice(1),
          Message: request.body.toString('utf8'),
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
