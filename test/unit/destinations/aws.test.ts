import type { Destinations } from '../../../src/destinations/destinations';
import { makeOutboundPolicy } from '../../../src/destinations/outbound-policy';
import { KEYS, REGION, startAwsEndpoint, type AwsEndpoint } from '../../support/outsiders/aws-endpoint';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';

const credentials = { type: 'aws', ...KEYS };
const TOKEN = 'FwoGZXIvYXdzEXAMPLEsessiontokenplanted';
const ARN = `arn:aws:sns:${REGION}:123456789012`;

let destinations: Destinations;
let aws: AwsEndpoint;

beforeAll(() => (destinations = openDestinations()));
afterAll(() => destinations.close());
afterEach(() => aws.close());

const urlOf = (scheme: string, path: string) => `${scheme}+http://${aws.host}/${path}?region=${REGION}`;
const sent = (): Record<string, unknown> => JSON.parse(aws.arrivals[0]?.body.toString() ?? '{}') as never;

describe('SQS', () => {
  beforeEach(async () => void (aws = await startAwsEndpoint('sqs')));
  const send = (changes = {}, queue = 'orders') =>
    destinations.send(
      makeDestinationRequest(urlOf('sqs', `123456789012/${queue}`), { credentials, ...changes }),
    );

  it('gets a signed message with the headers of a webhook, once', async () => {
    const request = makeDestinationRequest(urlOf('sqs', '123456789012/orders'), { credentials });
    expect(await destinations.send(request)).toEqual({ durationMs: expect.any(Number) as number });
    expect(aws.arrivals).toHaveLength(1);
    expect(sent()).toEqual({
      QueueUrl: `http://${aws.host}/123456789012/orders`,
      MessageBody: request.body.toString(),
      MessageAttributes: {
        'content-type': { DataType: 'String', StringValue: 'application/json' },
        'webhook-id': { DataType: 'String', StringValue: request.headers['webhook-id'] },
        'webhook-timestamp': { DataType: 'String', StringValue: '1790000000' },
        'webhook-signature': { DataType: 'String', StringValue: 'v1,c2ln' },
        'warren-event-type': { DataType: 'String', StringValue: 'order.placed' },
      },
    });
  });

  it('keeps the order of a key in a FIFO queue, and takes a delivery once', async () => {
    await send({ headers: { 'webhook-id': 'dlv_1' }, orderingKey: 'shop-1' }, 'orders.fifo');
    expect(sent()).toMatchObject({ MessageGroupId: 'shop-1', MessageDeduplicationId: 'dlv_1' });
  });

  it.each([
    [undefined, /^none$/],
    ['a key with spaces, and é', /^[0-9a-f]{64}$/],
  ])('makes a group of the ordering key %j that SQS can take', async (orderingKey, group) => {
    await send({ orderingKey }, 'orders.fifo');
    expect(sent().MessageGroupId).toEqual(expect.stringMatching(group));
  });

  it.each([
    [400, 'QueueDoesNotExist', 'UNROUTABLE'],
    [403, 'AccessDeniedException', 'AUTH'],
    [403, 'ExpiredTokenException', 'AUTH'],
    [400, 'InvalidMessageContents', 'REFUSED'],
    [500, 'InternalFailure', 'REFUSED'],
  ])(
    'that answers %i %s: the attempt failed as %s, with its reason, and once',
    async (status, code, error) => {
      aws.refuse({ status, code, message: 'So it is.' });
      expect(await send()).toMatchObject({ error, errorDetail: `AWS said: ${code}: So it is.` });
      expect(aws.arrivals).toHaveLength(1);
    },
  );

  it('that throttles holds the endpoint, and is not asked again at once', async () => {
    aws.refuse({ status: 400, code: 'ThrottlingException', message: 'Rate exceeded' });
    expect(await send()).toMatchObject({ error: 'THROTTLED', retryAfterSeconds: 5 });
    expect(aws.arrivals).toHaveLength(1);
  });

  it('that is sent a wrong key, or another region, says so without a secret', async () => {
    const wrong = { ...credentials, secretAccessKey: 'planted-secret-key', sessionToken: TOKEN };
    const answer = await send({ credentials: wrong });
    expect(answer).toMatchObject({
      error: 'AUTH',
      errorDetail: expect.stringContaining('does not fit') as string,
    });
    expect(aws.arrivals[0]?.headers['x-amz-security-token']).toBe(TOKEN);
    expect(JSON.stringify(answer)).not.toMatch(/planted|AKID/);
    const elsewhere = `sqs+http://${aws.host}/123456789012/orders?region=us-east-1`;
    expect(await destinations.send(makeDestinationRequest(elsewhere, { credentials }))).toMatchObject({
      error: 'AUTH',
    });
  });

  it('is reached as the URL says, whatever the environment has for AWS', async () => {
    const own = {
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'AKIDOFTHEOPERATOR000',
      AWS_SECRET_ACCESS_KEY: 'of-the-operator',
      AWS_REGION: 'us-east-1',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_MAX_ATTEMPTS: '9',
    };
    Object.assign(process.env, own);
    try {
      aws.refuse({ status: 500, code: 'InternalFailure', message: 'So it is.' });
      expect(await send({ endpointId: 'ep_env' })).toMatchObject({ error: 'REFUSED' });
      expect(aws.arrivals).toHaveLength(1);
    } finally {
      for (const name of Object.keys(own)) Reflect.deleteProperty(process.env, name);
    }
  });

  it('that nobody answers for is unreachable, and beyond the outbound policy blocked', async () => {
    const nowhere = `sqs+http://127.0.0.1:9/123456789012/orders?region=${REGION}`;
    expect(await destinations.send(makeDestinationRequest(nowhere, { credentials }))).toMatchObject({
      error: 'CONNECTION_REFUSED',
    });
    const strict = openDestinations({
      policy: makeOutboundPolicy({
        allowedNetworks: [],
        resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
      }),
    });
    for (const host of ['127.0.0.1', 'inside.example.com', `sqs.${REGION}.amazonaws.com`]) {
      const url = `sqs://${host}/123456789012/orders?region=${REGION}`;
      expect(await strict.send(makeDestinationRequest(url, { credentials }))).toMatchObject({
        error: 'BLOCKED_ADDRESS',
      });
    }
    await strict.close();
  });
});

describe('SNS', () => {
  beforeEach(async () => void (aws = await startAwsEndpoint('sns')));
  const send = (topic: string, changes = {}) =>
    destinations.send(makeDestinationRequest(urlOf('sns', `${ARN}:${topic}`), { credentials, ...changes }));

  it('gets a signed message with the headers of a webhook', async () => {
    const headers = { 'webhook-id': 'dlv_1' };
    expect((await send('orders.fifo', { headers, orderingKey: 'shop-1' })).error).toBeUndefined();
    const form = new URLSearchParams(aws.arrivals[0]?.body.toString());
    expect(Object.fromEntries(form)).toMatchObject({
      Action: 'Publish',
      TopicArn: `${ARN}:orders.fifo`,
      Message: '{"total":12345678901234567890}',
      MessageGroupId: 'shop-1',
      MessageDeduplicationId: 'dlv_1',
    });
    expect([...form.values()]).toEqual(expect.arrayContaining(['warren-event-type', 'order.placed']));
  });

  it.each([
    [404, 'NotFound', 'UNROUTABLE'],
    [403, 'AuthorizationError', 'AUTH'],
    [403, 'InvalidClientTokenId', 'AUTH'],
    [429, 'Throttled', 'THROTTLED'],
    [400, 'InvalidParameter', 'REFUSED'],
  ])('that answers %i %s: the attempt failed as %s', async (status, code, error) => {
    aws.refuse({ status, code, message: 'So it is.' });
    const answer = await send('orders');
    expect(answer).toMatchObject({ error, errorDetail: expect.stringContaining('So it is.') as string });
  });
});

describe('EventBridge', () => {
  beforeEach(async () => void (aws = await startAwsEndpoint('events')));
  const send = (bus: string, source = '') =>
    destinations.send(
      makeDestinationRequest(`${urlOf('eventbridge', bus)}${source}`, {
        credentials,
        headers: { 'webhook-id': 'dlv_1' },
      }),
    );

  it('gets a signed event: its type, its payload, the delivery’s id', async () => {
    expect((await send('shop', '&source=acme.shop')).error).toBeUndefined();
    expect(sent()).toEqual({
      Entries: [
        {
          EventBusName: 'shop',
          Source: 'acme.shop',
          DetailType: 'order.placed',
          Detail: '{"total":12345678901234567890}',
          Resources: ['dlv_1'],
        },
      ],
    });
  });

  it('that has no such bus, or does not let us: the attempt failed', async () => {
    aws.refuse({ status: 400, code: 'ResourceNotFoundException', message: 'Event bus x does not exist.' });
    expect(await send('x')).toMatchObject({ error: 'UNROUTABLE' });
    aws.refuse({ status: 400, code: 'AccessDeniedException', message: 'No.' });
    expect(await send('x')).toMatchObject({ error: 'AUTH' });
  });

  it('that refuses the entry in an answer of 200: the attempt failed all the same', async () => {
    aws.refuse({ status: 200, code: 'ThrottlingException', message: 'Rate exceeded' });
    expect(await send('shop')).toMatchObject({ error: 'THROTTLED', retryAfterSeconds: 5 });
    aws.refuse({ status: 200, code: 'InternalFailure', message: 'Oh.' });
    expect(await send('shop')).toMatchObject({
      error: 'REFUSED',
      errorDetail: 'AWS said: InternalFailure: Oh.',
    });
  });
});
