import { createHash } from 'node:crypto';
import { startReceiver, type Arrival, type Receiver, type Reply } from './receiver';
import { faultOfSignature } from './sigv4';

/** An endpoint of AWS that checks each signature, and answers as its services do. */
export interface AwsEndpoint {
  /** `127.0.0.1:<port>` */
  host: string;
  arrivals: Arrival[];
  /** What the next requests are refused with, in the service's own form; undefined: they are taken. */
  refuse(refusal?: Refusal): void;
  close(): Promise<void>;
}

export interface Refusal {
  status: number;
  /** As AWS names it. */
  code: string;
  message: string;
}

export const KEYS = { accessKeyId: 'AKIDEXAMPLEEXAMPLE00', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+planted' };
export const REGION = 'eu-west-1';

export async function startAwsEndpoint(service: 'sqs' | 'sns' | 'events'): Promise<AwsEndpoint> {
  const receiver: Receiver = await startReceiver();
  let refusal: Refusal | undefined;
  receiver.answer((arrival) => {
    const fault = faultOfSignature(arrival, KEYS, { region: REGION, service });
    // AWS tells what it has signed itself, the session token among it.
    const unsigned = fault && { status: 403, code: 'InvalidSignatureException', message: fault };
    const why = unsigned ?? refusal;
    return why ? refused(service, why) : taken(service, arrival);
  });
  return {
    host: new URL(receiver.url('/')).host,
    arrivals: receiver.arrivals,
    refuse: (next) => void (refusal = next),
    close: () => receiver.close(),
  };
}

const json = (status: number, body: object): Reply => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'r-1' },
  body: JSON.stringify(body),
});
const xml = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
});

function refused(service: string, { status, code, message }: Refusal): Reply {
  // A bus takes a batch and refuses entries.
  if (status === 200) {
    return json(200, { FailedEntryCount: 1, Entries: [{ ErrorCode: code, ErrorMessage: message }] });
  }
  if (service !== 'sns') return json(status, { __type: `com.amazonaws.${service}#${code}`, message });
  return xml(
    status,
    `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code>` +
      `<Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`,
  );
}

function taken(service: string, { body }: Arrival): Reply {
  if (service === 'sns') {
    return xml(
      200,
      '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId>' +
        '</PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>',
    );
  }
  if (service === 'events') return json(200, { FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] });
  const { MessageBody } = JSON.parse(body.toString()) as { MessageBody: string };
  const md5 = createHash('md5').update(MessageBody).digest('hex');
  return json(200, { MessageId: 'm-1', MD5OfMessageBody: md5 });
}
