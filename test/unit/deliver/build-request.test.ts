import { buildRequest, type Sender } from '../../../src/deliver/build-request';
import { newId } from '../../../src/domain/ids';
import type { EndpointSettings } from '../../../src/domain/nouns';
import { verifySignature } from '../../../src/domain/request/signature';
import { OLD_SECRET, SECRET, makeEndpoint } from '../made-up-tenant';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const material = {
  deliveryId: 'dlv_01h2xcejqtf83ayvdx56r10rad',
  attempt: 3,
  tenantSlug: 'acme',
  event: {
    id: newId('event'),
    type: 'order.placed',
    version: 1,
    occurredAt: new Date('2026-01-01T00:00:00.001Z'),
    data: Buffer.from('{"total":12345678901234567890}'),
  },
};
const sender = { userAgent: 'Warren/1.2.3', ownPayload: () => undefined };
const build = (endpoint: EndpointSettings, now = NOW) => buildRequest(endpoint, material, sender, now);
const signaturesOf = (endpoint: EndpointSettings, now = NOW): string[] =>
  (build(endpoint, now).headers['webhook-signature'] ?? '').split(' ');

describe('the request of an attempt', () => {
  it('has the headers that the contract names', () => {
    const { headers, url, timeoutMs, body } = build(
      makeEndpoint({ headers: { 'x-own': '1' }, timeoutMs: 1234 }),
    );
    expect(headers).toEqual({
      'x-own': '1',
      'content-type': 'application/json',
      'user-agent': 'Warren/1.2.3',
      'webhook-id': material.deliveryId,
      'webhook-timestamp': '1767323045',
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) as string,
      'warren-event-id': material.event.id,
      'warren-event-type': 'order.placed',
      'warren-event-version': '1',
      'warren-attempt': '3',
    });
    expect([url, timeoutMs]).toEqual(['https://receiver.example/hooks', 1234]);
    expect(body.toString()).toBe(
      '{"type":"order.placed","timestamp":"2026-01-01T00:00:00.001Z","data":{"total":12345678901234567890}}',
    );
  });

  it('passes the trace on', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const traced = { ...material, event: { ...material.event, traceparent } };
    expect(buildRequest(makeEndpoint(), traced, sender, NOW).headers.traceparent).toBe(traceparent);
  });

  it('has the destination’s own form of the event, which is asked for by URL and format', () => {
    const asked: unknown[] = [];
    const ownPayload: Sender['ownPayload'] = (url, { id, data }, format) => {
      asked.push([url, id, format]);
      return { contentType: 'text/plain', body: data, headers: { 'ce-id': id, 'webhook-id': 'forged' } };
    };
    const own = buildRequest(
      makeEndpoint({ payloadFormat: 'CLOUDEVENTS' }),
      material,
      { userAgent: 'W', ownPayload },
      NOW,
    );
    expect(asked).toEqual([['https://receiver.example/hooks', material.event.id, 'CLOUDEVENTS']]);
    expect(own).toMatchObject({ body: material.event.data, bodyCanBeMadeAgain: false });
    expect(own.headers).toMatchObject({
      'content-type': 'text/plain',
      'ce-id': material.event.id,
      'webhook-id': material.deliveryId,
    });
  });

  it('tells which bodies can be made again, and the ordering key', () => {
    expect(build(makeEndpoint()).bodyCanBeMadeAgain).toBe(true);
    expect(build(makeEndpoint({ payloadFormat: 'EMBEDDED_SIGNATURE' })).bodyCanBeMadeAgain).toBe(false);
    expect(build(makeEndpoint())).not.toHaveProperty('orderingKey');
    const ordered = { ...material, event: { ...material.event, orderingKey: 'shop-1' } };
    expect(buildRequest(makeEndpoint(), ordered, sender, NOW).orderingKey).toBe('shop-1');
  });

  it('lets no header of the endpoint stand for one of ours', () => {
    const ours = build(makeEndpoint()).headers;
    const forged = Object.fromEntries(Object.keys(ours).map((name) => [name, 'forged']));
    expect(build(makeEndpoint({ headers: forged })).headers).toEqual(ours);
  });

  it('has an endpoint’s header whatever it is called', () => {
    expect(build(makeEndpoint({ headers: { constructor: 'mine' } })).headers).toMatchObject({
      constructor: 'mine',
    });
  });

  it('does not write into the endpoint’s own headers', () => {
    const headers = Object.freeze({ 'x-own': '1' });
    build(makeEndpoint({ headers }));
    expect(headers).toEqual({ 'x-own': '1' });
  });

  it('is signed over the id, the timestamp and the body that go out', () => {
    const { headers, body } = build(makeEndpoint());
    const message = {
      secret: SECRET,
      id: headers['webhook-id'] ?? '',
      timestamp: headers['webhook-timestamp'] ?? '',
      header: headers['webhook-signature'] ?? '',
      toleranceSeconds: 1,
      now: NOW.getTime(),
    };
    expect(verifySignature({ ...message, body })).toEqual({ ok: true });
    expect(verifySignature({ ...message, body: Buffer.concat([body, Buffer.from(' ')]) }).ok).toBe(false);
  });

  it('has a new timestamp and signature for each attempt, and the same id', () => {
    const endpoint = makeEndpoint();
    const [first, second] = [build(endpoint), build(endpoint, new Date(NOW.getTime() + 5000))];
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(second.headers['webhook-timestamp']).toBe('1767323050');
    expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature']);
  });
});

describe('the secrets of an endpoint', () => {
  const overlapEndsAt = new Date(NOW.getTime() + 60_000);
  const rotated = makeEndpoint({
    secrets: [
      { value: SECRET, expiresAt: null },
      { value: OLD_SECRET, expiresAt: overlapEndsAt },
    ],
  });

  it('all sign while a rotation overlaps, the newest first', () => {
    const [alone] = signaturesOf(makeEndpoint());
    const [old] = signaturesOf(makeEndpoint({ secrets: [{ value: OLD_SECRET, expiresAt: null }] }));
    expect(signaturesOf(rotated)).toEqual([alone, old]);
  });

  it('sign no longer from the very moment they expire, without a change of the endpoint', () => {
    expect(signaturesOf(rotated)).toHaveLength(2);
    expect(signaturesOf(rotated, new Date(overlapEndsAt.getTime() - 1))).toHaveLength(2);
    expect(signaturesOf(rotated, overlapEndsAt)).toHaveLength(1);
    expect(signaturesOf(rotated, new Date(overlapEndsAt.getTime() + 1))).toHaveLength(1);
  });

  it('count anew when the endpoint’s settings are read anew', () => {
    const before = signaturesOf(makeEndpoint());
    expect(signaturesOf(makeEndpoint({ secrets: [{ value: OLD_SECRET, expiresAt: null }] }))).not.toEqual(
      before,
    );
  });

  it('make the embedded signature with the newest only', () => {
    const embedded = (secrets: EndpointSettings['secrets']): string =>
      build(makeEndpoint({ payloadFormat: 'EMBEDDED_SIGNATURE', secrets })).body.toString();
    expect(embedded(rotated.secrets)).toBe(embedded([{ value: SECRET, expiresAt: null }]));
  });
});
