import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { Destinations } from '../../../src/destinations/destinations';
import { makeDestinationRequest, openDestinations } from '../../support/destination-request';
import { startReceiver, type Receiver, type Reply } from '../../support/outsiders/receiver';

const TOPIC = '/projects/acme-shop/topics/orders';
const PUBLISH = `/v1${TOPIC}:publish`;
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

let google: Receiver;
let destinations: Destinations;
/** What the topic answers. */
let topic: () => Reply;
/** What the token server answers; undefined: a token, when the statement is genuine. */
let tokens: (() => Reply) | undefined;

beforeEach(async () => {
  destinations = openDestinations();
  google = await startReceiver();
  topic = () => ({ status: 200, body: '{"messageIds":["1"]}' });
  tokens = undefined;
  google.answer(({ path, headers }) => {
    if (path === '/token') {
      return (
        tokens?.() ?? { status: 200, body: JSON.stringify({ access_token: tokenNo(), expires_in: 3600 }) }
      );
    }
    const isKnown = headers.authorization === `Bearer ${tokenNo()}`;
    return isKnown ? topic() : refusal(401, 'UNAUTHENTICATED');
  });
});
afterEach(async () => {
  await destinations.close();
  await google.close();
});

const tokenNo = () => `ya29.planted-${google.at('/token').length}`;
const refusal = (status: number, name: string): Reply => ({
  status,
  body: JSON.stringify({ error: { code: status, status: name, message: 'So it is.' } }),
});
const credentials = (changes = {}) => ({
  type: 'service_account',
  client_email: 'warren@acme-shop.iam.gserviceaccount.com',
  private_key_id: 'key-1',
  private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  token_uri: google.url('/token'),
  ...changes,
});
const send = (changes = {}) =>
  destinations.send(
    makeDestinationRequest(google.url(TOPIC).replace('http:', 'pubsub+http:'), {
      credentials: credentials(),
      ...changes,
    }),
  );

it('publishes with a token that it got for a statement signed by the service account', async () => {
  const answer = await send({ headers: { 'webhook-id': 'dlv_1' }, orderingKey: 'shop-1' });
  expect(answer).toMatchObject({ response: { status: 200 } });
  expect(answer.error).toBeUndefined();
  const form = new URLSearchParams(google.at('/token')[0]?.body.toString());
  expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
  const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', publicKey, {
    issuer: credentials().client_email,
    audience: google.url('/token'),
  });
  expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: 'key-1' });
  expect(payload).toMatchObject({ scope: 'https://www.googleapis.com/auth/pubsub' });
  const { messages } = JSON.parse(google.at(PUBLISH)[0]?.body.toString() ?? '') as { messages: unknown[] };
  expect(messages).toEqual([
    {
      data: Buffer.from('{"total":12345678901234567890}').toString('base64'),
      orderingKey: 'shop-1',
      attributes: expect.objectContaining({
        'webhook-id': 'dlv_1',
        'content-type': 'application/json',
        'warren-event-type': 'order.placed',
      }) as object,
    },
  ]);
});

it('keeps the token, and gets another once when Google takes it back', async () => {
  const same = credentials();
  await send({ credentials: same });
  await send({ credentials: same });
  expect(google.at('/token')).toHaveLength(1);
  const answers = [refusal(401, 'UNAUTHENTICATED')];
  topic = () => answers.pop() ?? { status: 200, body: '{"messageIds":["2"]}' };
  expect((await send({ credentials: same })).error).toBeUndefined();
  expect(google.at('/token')).toHaveLength(2);
});

it.each([
  [404, 'NOT_FOUND', 'UNROUTABLE'],
  [403, 'PERMISSION_DENIED', 'AUTH'],
  [429, 'RESOURCE_EXHAUSTED', 'THROTTLED'],
  [400, 'INVALID_ARGUMENT', 'HTTP_400'],
  [503, 'UNAVAILABLE', 'HTTP_503'],
])('fails as Google has it: %i %s is %s', async (status, name, error) => {
  topic = () => refusal(status, name);
  expect(await send()).toMatchObject({ error, errorDetail: `Pub/Sub said: ${name}: So it is.` });
});

it('takes nothing for done that has no id', async () => {
  topic = () => ({ status: 200, body: '<html>' });
  expect(await send()).toMatchObject({ error: 'BAD_RESPONSE' });
});

it('fails as AUTH when no token can be had, and shows neither key nor statement', async () => {
  tokens = () => {
    const assertion = new URLSearchParams(google.at('/token')[0]?.body.toString()).get('assertion');
    return { status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: assertion }) };
  };
  const answer = await send();
  expect(answer).toMatchObject({
    error: 'AUTH',
    errorDetail: 'The token URL answered 400 Bad Request. It said: invalid_grant: [redacted]',
  });
  expect(google.at(PUBLISH)).toEqual([]);
});

it('asks no token where the outbound policy does not let it', async () => {
  const answer = await send({ credentials: credentials({ token_uri: 'http://10.0.0.1/token' }) });
  expect(answer).toMatchObject({ error: 'AUTH', errorDetail: expect.stringContaining('private') as string });
});

it('hides its token in an answer that sends it back', async () => {
  topic = () => ({ status: 500, body: `you sent ${tokenNo()}` });
  expect((await send()).response?.body.toString()).toBe('you sent [redacted]');
});

it('is a CloudEvent in binary mode when the endpoint wants CloudEvents', () => {
  const occurredAt = new Date('2026-01-02T03:04:05.678Z');
  const data = Buffer.from('{"n":12345678901234567890}');
  const event = { id: 'evt_1', type: 'order.placed', version: 1, occurredAt, data, tenantSlug: 'acme' };
  for (const url of [`pubsub://pubsub.googleapis.com${TOPIC}`, 'kafka://b.example.com/orders']) {
    expect(destinations.ownPayload(url, event, 'STANDARD')).toBeUndefined();
    expect(destinations.ownPayload(url, event, 'CLOUDEVENTS')).toEqual({
      contentType: 'application/json',
      body: data,
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'evt_1',
        'ce-source': '/warren/acme',
        'ce-type': 'order.placed',
        'ce-time': '2026-01-02T03:04:05.678Z',
      },
    });
  }
});
