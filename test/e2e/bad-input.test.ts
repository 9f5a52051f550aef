import { MAX_JSON_DEPTH } from '../../src/domain/data/json-bytes';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;

beforeAll(async () => {
  warren = await deployWarren({ WARREN_MAX_EVENT_BYTES: '262144' });
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  const acme = await warren.tenant('acme', graphqlUrl);
  await acme.endpoint({ url: receiver.url('/good'), eventTypes: ['#'] });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

interface BadMessage {
  name: string;
  code: string;
  body: Buffer | string;
  type?: string;
  headers?: Record<string, unknown>;
  contentType?: string;
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const cloudEvent = (changes: object): string =>
  JSON.stringify({
    specversion: '1.0',
    id: '1',
    source: '/s',
    type: 'a.b',
    tenant: 'acme',
    data: {},
    ...changes,
  });
const structured = (changes: object): { body: string; contentType: string } => ({
  body: cloudEvent(changes),
  contentType: 'application/cloudevents+json',
});

const BAD: BadMessage[] = [
  { name: 'text that is not JSON', code: 'BAD_JSON', body: 'hello' },
  { name: 'no body', code: 'BAD_JSON', body: '' },
  { name: 'half of an object', code: 'BAD_JSON', body: '{"a":' },
  { name: 'two values', code: 'BAD_JSON', body: '{} {}' },
  { name: 'bytes that are not UTF-8', code: 'BAD_JSON', body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
  { name: 'JSON 100,000 levels deep', code: 'BAD_JSON', body: nested(100_000) },
  { name: 'JSON one level too deep', code: 'BAD_JSON', body: nested(MAX_JSON_DEPTH + 1) },
  { name: 'no tenant', code: 'NO_TENANT', body: '{}', headers: {} },
  { name: 'an empty tenant', code: 'NO_TENANT', body: '{}', headers: { tenant: '' } },
  { name: 'a tenant that is a number', code: 'NO_TENANT', body: '{}', headers: { tenant: 7 } },
  { name: 'a tenant that is a table', code: 'NO_TENANT', body: '{}', headers: { tenant: { slug: 'acme' } } },
  { name: 'a tenant nobody has', code: 'UNKNOWN_TENANT', body: '{}', headers: { tenant: 'nobody' } },
  {
    name: 'a tenant in letters that no slug has',
    code: 'UNKNOWN_TENANT',
    body: '{}',
    headers: { tenant: 'acmé' },
  },
  {
    name: 'a tenant that is SQL',
    code: 'UNKNOWN_TENANT',
    body: '{}',
    headers: { tenant: "acme' or '1'='1" },
  },
  {
    name: 'the id of no tenant',
    code: 'UNKNOWN_TENANT',
    body: '{}',
    headers: { tenant: `ten_${'0'.repeat(26)}` },
  },
  { name: 'an empty routing key', code: 'BAD_TYPE', body: '{}', type: '' },
  { name: 'a routing key with an empty segment', code: 'BAD_TYPE', body: '{}', type: 'a..b' },
  { name: 'a routing key with a space', code: 'BAD_TYPE', body: '{}', type: 'a b' },
  { name: 'a routing key of 201 bytes', code: 'BAD_TYPE', body: '{}', type: 'a'.repeat(201) },
  { name: 'a type that is not ASCII', code: 'BAD_TYPE', body: '{}', type: 'ordér.placed' },
  { name: 'a reserved type', code: 'BAD_TYPE', body: '{}', type: 'warren.endpoint.disabled' },
  {
    name: 'a reserved type with a forged seal',
    code: 'BAD_TYPE',
    body: '{}',
    type: 'warren.endpoint.disabled',
    headers: {
      tenant: 'acme',
      'warren-event-id': 'evt_01k0000000e00800000000000a',
      'warren-seal': 'x'.repeat(43),
    },
  },
  { name: 'a body over the limit', code: 'TOO_LARGE', body: JSON.stringify('x'.repeat(262_144)) },
  { name: 'a body of 8 MB', code: 'TOO_LARGE', body: Buffer.alloc(8_000_000, '1') },
  {
    name: 'a version that is text',
    code: 'BAD_ENVELOPE',
    body: '{}',
    headers: { tenant: 'acme', version: 'newest' },
  },
  { name: 'version 0', code: 'BAD_ENVELOPE', body: '{}', headers: { tenant: 'acme', version: 0 } },
  {
    name: 'a deliver-at that is no time',
    code: 'BAD_ENVELOPE',
    body: '{}',
    headers: { tenant: 'acme', 'deliver-at': 'soon' },
  },
  {
    name: 'an endless ordering key',
    code: 'BAD_ENVELOPE',
    body: '{}',
    headers: { tenant: 'acme', 'ordering-key': 'k'.repeat(256) },
  },
  {
    name: 'a forged event id',
    code: 'BAD_ENVELOPE',
    body: '{}',
    headers: { tenant: 'acme', 'warren-event-id': 'evt_1' },
  },
  { name: 'a CloudEvent of version 0.3', code: 'BAD_ENVELOPE', ...structured({ specversion: '0.3' }) },
  { name: 'a CloudEvent without id', code: 'BAD_ENVELOPE', ...structured({ id: undefined }) },
  { name: 'a CloudEvent with a bad time', code: 'BAD_ENVELOPE', ...structured({ time: 'noon' }) },
  { name: 'a CloudEvent of another type', code: 'BAD_TYPE', ...structured({ type: 'c.d' }) },
  {
    name: 'a CloudEvent without tenant',
    code: 'NO_TENANT',
    ...structured({ tenant: undefined }),
    headers: {},
  },
  {
    name: 'a CloudEvent that is a list',
    code: 'BAD_ENVELOPE',
    body: '[]',
    contentType: 'application/cloudevents+json',
  },
  {
    name: 'a batch of CloudEvents',
    code: 'BAD_ENVELOPE',
    body: '[]',
    contentType: 'application/cloudevents-batch+json',
  },
  {
    name: 'a CloudEvent that is not JSON',
    code: 'BAD_JSON',
    body: '<a/>',
    contentType: 'application/cloudevents+json',
  },
];

const TIMESTAMP = 1_767_323_045;

async function sendBad(message: BadMessage, index: number): Promise<void> {
  const { body, type = 'a.b', headers = { tenant: 'acme' }, contentType = 'application/json' } = message;
  await warren.stranger.publish(warren.queue('events'), type, body, {
    headers: { ...headers, index },
    contentType,
    messageId: `bad-${index}`,
    timestamp: TIMESTAMP,
  });
}

it('parks every bad message whole and with its reason, and lets every good one between them through', async () => {
  for (const [index, message] of BAD.entries()) {
    await sendBad(message, index);
    await warren.publish('acme', 'good.one', { index }, `good-${index}`);
  }
  await waitUntil(() => receiver.at('/good').length === BAD.length, 10_000);
  await waitUntil(async () => (await warren.stranger.depth(warren.queue('rejected'))) === BAD.length, 10_000);
  const good = receiver
    .at('/good')
    .map(({ body }) => (JSON.parse(body.toString()) as { data: { index: number } }).data.index);
  expect(good.sort((a, b) => a - b)).toEqual(BAD.map((_, index) => index));

  const seen = new Map<
    number,
    { code: unknown; reason: unknown; isWhole: boolean; type: string; messageId: unknown; timestamp: unknown }
  >();
  for (const _ of BAD) {
    const { content, properties, fields } = await warren.stranger.take(warren.queue('rejected'));
    const headers = properties.headers ?? {};
    const index = Number(headers.index);
    const sent = BAD[index]?.body ?? '';
    seen.set(index, {
      code: headers['reason-code'] as unknown,
      reason: headers.reason as unknown,
      isWhole: content.equals(Buffer.from(sent)),
      type: fields.routingKey,
      messageId: properties.messageId as unknown,
      timestamp: properties.timestamp as unknown,
    });
  }
  for (const [index, { name, code, type = 'a.b' }] of BAD.entries()) {
    expect({ name, ...seen.get(index) }).toEqual({
      ...{ name, code, type, isWhole: true, messageId: `bad-${index}`, timestamp: TIMESTAMP },
      reason: expect.stringMatching(/\w+ \w+/) as string,
    });
  }
});

it('takes headers and properties of every AMQP type without stopping', async () => {
  const weird: Record<string, unknown> = {
    tenant: 'acme',
    table: { deep: { deeper: [1, 'two', { three: true }] } },
    list: Array.from({ length: 500 }, (_, n) => n),
    bytes: Buffer.from([0, 255]),
    nothing: null,
    yes: true,
    double: 1.5,
    long: 2 ** 40,
    'x-death': [{ count: 3 }],
    'x-delay': 5000,
    traceparent: 'not a trace',
    '': 'no name',
  };
  await warren.stranger.publish(warren.queue('events'), 'weird.headers', '{"ok":1}', {
    headers: weird,
    contentType: 'text/html; charset=latin1',
    timestamp: 9_999_999_999_999,
    priority: 9,
    replyTo: 'nowhere',
    correlationId: 'x'.repeat(200),
    expiration: '60000',
  });
  await waitUntil(() =>
    receiver.at('/good').some(({ headers }) => headers['warren-event-type'] === 'weird.headers'),
  );
});

it('rejects a malformed event of a broken producer again and again, and delivers a good one promptly meanwhile', async () => {
  const storm = Promise.all(
    Array.from({ length: 2000 }, (_, n) => sendBad({ name: '', code: '', body: 'no' }, n)),
  );
  await warren.publish('acme', 'in.the.storm', {});
  const sentAtMs = Date.now();
  await waitUntil(() =>
    receiver.at('/good').some(({ headers }) => headers['warren-event-type'] === 'in.the.storm'),
  );
  expect(Date.now() - sentAtMs).toBeLessThan(6000);
  await storm;
  await waitUntil(async () => (await warren.stranger.depth(warren.queue('rejected'))) === 2000, 20_000);
  await warren.publish('acme', 'after.the.storm', {});
  await waitUntil(() =>
    receiver.at('/good').some(({ headers }) => headers['warren-event-type'] === 'after.the.storm'),
  );
  expect(await warren.stranger.depth(warren.queue('route'))).toBe(0);
});
