import { createHmac, createPublicKey, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { HTTP, type CloudEventV1 } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let graphqlUrl: string;

beforeAll(async () => {
  warren = await deployWarren();
  ({ graphqlUrl } = await warren.start());
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

async function arrivalAt(path: string): Promise<Arrival> {
  await waitUntil(() => receiver.at(path).length > 0);
  return receiver.at(path)[0] as Arrival;
}

describe('an event published over plain AMQP', () => {
  it('arrives as a webhook that the Standard Webhooks library verifies, with the headers of the contract', async () => {
    const { secret } = await acme.endpoint({
      url: receiver.url('/signed'),
      headers: { 'X-Api-Key': 'for-the-receiver' },
      eventTypes: ['order.placed'],
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await warren.stranger.publish(warren.queue('events'), 'order.placed', '{"total":40}', {
      headers: { tenant: 'acme', traceparent },
      timestamp: 1_790_000_000,
    });
    const { headers, body, atMs, id } = await arrivalAt('/signed');

    const message = new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(message).toEqual({
      type: 'order.placed',
      timestamp: '2026-09-21T14:13:20.000Z',
      data: { total: 40 },
    });
    expect(() =>
      new Webhook(secret).verify(`${body.toString()} `, headers as Record<string, string>),
    ).toThrow();
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Warren\/\d+\.\d+\.\d+$/) as string,
      'warren-event-id': expect.stringMatching(/^evt_/) as string,
      'warren-event-type': 'order.placed',
      'warren-event-version': '1',
      'warren-attempt': '1',
      'x-api-key': 'for-the-receiver',
      traceparent,
    });
    expect(id).toMatch(/^dlv_/);
    expect(Math.abs(Number(headers['webhook-timestamp']) - atMs / 1000)).toBeLessThan(5);
  });

  it('is on record in GraphQL with its delivery and the attempt, and no secret in it', async () => {
    const { id } = await arrivalAt('/signed');
    await waitUntil(async () => (await acme.delivery(id)).status === 'DELIVERED');
    const delivery = await acme.delivery(id);
    expect(delivery).toMatchObject({
      attemptCount: 1,
      lastError: null,
      nextAttemptAt: null,
      event: { type: 'order.placed' },
    });
    expect(delivery.attempts).toMatchObject([{ number: 1, ok: true, responseStatus: 204, error: null }]);
    expect(delivery.attempts[0]?.requestBody).toContain('"data":{"total":40}');
    expect(JSON.stringify(delivery)).not.toContain('for-the-receiver');
    const { event } = await acme.client.ask<{ event: unknown }>(
      'query ($id: ID!) { event(id: $id) { type data timestamp deliveries { totalCount nodes { id status } } } }',
      { id: delivery.event.id },
    );
    expect(event).toEqual({
      type: 'order.placed',
      data: { total: 40 },
      timestamp: '2026-09-21T14:13:20.000Z',
      deliveries: { totalCount: 1, nodes: [{ id, status: 'DELIVERED' }] },
    });
  });

  it('is found by its event, and can be sent again, while its first request is still being answered', async () => {
    receiver.answer(({ path }) => (path === '/takes-time' ? { delayMs: 240 } : {}));
    await acme.endpoint({ url: receiver.url('/takes-time'), eventTypes: ['takes.time'] });
    const { eventId } = await acme.publish({ type: 'takes.time' });
    const { id } = await arrivalAt('/takes-time');
    const [found, again] = await Promise.all([
      acme.deliveries({ eventId }),
      acme.client.ask<{ deliveryRetry: { userErrors: unknown[] } }>(
        'mutation ($id: ID!) { deliveryRetry(id: $id) { userErrors { code } } }',
        { id },
      ),
    ]);
    expect(found.map((delivery) => delivery.id)).toEqual([id]);
    expect(again.deliveryRetry.userErrors).toEqual([]);
    await waitUntil(() => receiver.at('/takes-time').length === 2);
    receiver.answer(() => ({}));
  });

  it.each([
    '{ "id" : 12345678901234567890.10,\n\t"__proto__": {"a": 1}, "a":1, "a":2, "e": 1e-7, "n": -0, "x": "\\u00e9\\/é😀" }',
    ' null ',
    '"only text"',
    '[ 1.0, 2.50 ]',
  ])('reaches the receiver byte for byte: %j', async (data) => {
    const path = `/bytes/${Buffer.from(data).toString('hex').slice(0, 8)}`;
    const type = `bytes.t${Buffer.from(data).toString('hex').slice(0, 8)}`;
    await acme.endpoint({ url: receiver.url(path), eventTypes: [type] });
    await warren.publish('acme', type, Buffer.from(data));
    const text = (await arrivalAt(path)).body.toString();
    expect(text.slice(0, text.indexOf('"data":'))).toMatch(/^\{"type":"[^"]+","timestamp":"[^"]+Z",$/);
    expect(text.slice(text.indexOf('"data":') + 7, -1)).toBe(data);
  });

  it('may be a CloudEvent in structured or binary mode', async () => {
    await acme.endpoint({ url: receiver.url('/from-cloudevents'), eventTypes: ['cloud.*'] });
    const attributes = {
      specversion: '1.0',
      id: 'a',
      source: '/shop',
      tenant: 'acme',
      time: '2026-01-02T03:04:05Z',
    };
    await warren.stranger.publish(
      warren.queue('events'),
      'cloud.structured',
      JSON.stringify({ ...attributes, type: 'cloud.structured', data: { mode: 'structured' } }),
      { contentType: 'application/cloudevents+json' },
    );
    const headers = Object.fromEntries(
      Object.entries({ ...attributes, id: 'b', type: 'cloud.binary' }).map(([name, value]) => [
        `cloudEvents:${name}`,
        value,
      ]),
    );
    await warren.stranger.publish(warren.queue('events'), 'cloud.binary', '{"mode":"binary"}', { headers });
    await waitUntil(() => receiver.at('/from-cloudevents').length === 2);
    const bodies = receiver.at('/from-cloudevents').map(({ body }) => body.toString());
    const timestamp = '2026-01-02T03:04:05.000Z';
    expect(bodies).toContain(
      `{"type":"cloud.structured","timestamp":"${timestamp}","data":{"mode":"structured"}}`,
    );
    expect(bodies).toContain(`{"type":"cloud.binary","timestamp":"${timestamp}","data":{"mode":"binary"}}`);
  });
});

describe('an event published through GraphQL', () => {
  it('keeps numbers that no double holds and keys that JavaScript minds', async () => {
    await acme.endpoint({ url: receiver.url('/exact'), eventTypes: ['exact.numbers'] });
    const query =
      'mutation ($input: EventPublishInput!) { eventPublish(input: $input) { eventId userErrors { message } } }';
    const data =
      '{"id":12345678901234567890,"money":0.1000000000000000055511151231257827,"__proto__":{"x":1}}';
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${acme.key}` },
      body: `{"query":${JSON.stringify(query)},"variables":{"input":{"type":"exact.numbers","data":${data}}}}`,
    });
    expect(await response.json()).toMatchObject({ data: { eventPublish: { userErrors: [] } } });
    expect((await arrivalAt('/exact')).body.toString()).toContain(`"data":${data}}`);
  });
});

describe('payload formats and signature schemes', () => {
  it('sends CLOUDEVENTS that the CloudEvents SDK reads', async () => {
    await acme.endpoint({
      url: receiver.url('/cloud'),
      payloadFormat: 'CLOUDEVENTS',
      eventTypes: ['as.cloudevent'],
    });
    await warren.publish('acme', 'as.cloudevent', { total: 1 });
    const { headers, body } = await arrivalAt('/cloud');
    expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    const event = HTTP.toEvent({ headers, body: body.toString() }) as CloudEventV1<unknown>;
    expect(event).toMatchObject({
      specversion: '1.0',
      id: headers['warren-event-id'],
      type: 'as.cloudevent',
      source: expect.stringContaining('acme') as string,
      data: { total: 1 },
    });
  });

  it('sends EMBEDDED_SIGNATURE that is signed over the RFC 8785 form of the rest', async () => {
    const { secret } = await acme.endpoint({
      url: receiver.url('/embedded'),
      payloadFormat: 'EMBEDDED_SIGNATURE',
      eventTypes: ['user.created'],
    });
    await warren.publish('acme', 'user.created', Buffer.from('{"z": 1.50, "a": "é", "m": [3,1]}'));
    const { body, headers } = await arrivalAt('/embedded');
    expect(body.toString()).toContain('"data":{"z": 1.50, "a": "é", "m": [3,1]}');
    const { signature, ...rest } = JSON.parse(body.toString()) as Record<string, unknown>;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key)
      .update(canonicalize(rest) ?? '')
      .digest('hex');
    expect(Object.keys(rest)).toEqual(['event', 'timestamp', 'data']);
    expect(signature).toBe(`HMAC_SHA256_${expected}`);
    new Webhook(secret).verify(body, headers as Record<string, string>);
  });

  it('signs for an ED25519 endpoint so that its public key verifies', async () => {
    const { publicKey } = await acme.endpoint({
      url: receiver.url('/ed25519'),
      signatureScheme: 'ED25519',
      eventTypes: ['key.public'],
    });
    await warren.publish('acme', 'key.public', {});
    const { headers, body, id } = await arrivalAt('/ed25519');
    const raw = Buffer.from((publicKey ?? '').slice('whpk_'.length), 'base64');
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
      format: 'jwk',
    });
    const signature = /^v1a,(\S+)$/.exec(String(headers['webhook-signature']))?.[1] ?? '';
    const signed = Buffer.concat([Buffer.from(`${id}.${String(headers['webhook-timestamp'])}.`), body]);
    expect(verify(null, signed, key, Buffer.from(signature, 'base64'))).toBe(true);
    expect(
      verify(null, Buffer.concat([signed, Buffer.from(' ')]), key, Buffer.from(signature, 'base64')),
    ).toBe(false);
  });
});
