import Stripe from 'stripe';
import { stripe } from '../../../src/sources/stripe';
import { eventOf, makeRequest, withBody, withHeaders } from './made-up-request';

const SECRET = 'whsec_a-secret-of-an-endpoint-for-tests';
const NOW = 1_790_000_000;
const BODY =
  '{\n  "id": "evt_1",\n  "type": "payment_intent.succeeded",\n  "created": 1789999990, "big": 12345678901234567890\n}';
const sdk = new Stripe('sk_test_none').webhooks;

/** What Stripe's own library makes. */
const headerFor = (payload: string, secret = SECRET, timestamp = NOW): string =>
  sdk.generateTestHeaderString({ payload, secret, timestamp });
const request = makeRequest({ 'stripe-signature': headerFor(BODY) }, BODY);
const verify = (of: typeof request, secrets = [SECRET], now = NOW * 1000) => stripe.verify(of, secrets, now);
const signedBy = (header: string) => withHeaders(request, { 'stripe-signature': header });

describe('a webhook of Stripe', () => {
  it('is genuine when the SDK signed it, and the SDK agrees', () => {
    expect(verify(request)).toBe('genuine');
    const event = sdk.constructEvent(BODY, headerFor(BODY), SECRET, undefined, undefined, NOW * 1000);
    expect(event.id).toBe('evt_1');
  });

  it.each([
    ['one byte of the body is another', withBody(request, BODY.replace('succeeded', 'succeedeD'))],
    ['the body is the same JSON in other words', withBody(request, JSON.stringify(JSON.parse(BODY)))],
    ['the time is another', signedBy(headerFor(BODY).replace(`t=${NOW}`, `t=${NOW + 1}`))],
    ['it is signed with another secret', signedBy(headerFor(BODY, 'whsec_another'))],
    [
      'the signature has capitals',
      signedBy(headerFor(BODY).replace(/v1=.*/, (part) => part.toUpperCase().replace('V1', 'v1'))),
    ],
    ['something follows the signature', signedBy(`${headerFor(BODY)}00`)],
    ['it has an old scheme alone', signedBy(headerFor(BODY).replace('v1=', 'v0='))],
    ['it has no time', signedBy(headerFor(BODY).replace(/^t=\d+,/, ''))],
    ['the header is no list', signedBy('nonsense')],
  ])('is forged when %s, and the SDK agrees', (_what, forged) => {
    expect(verify(forged)).toBe('forged');
    const header = String(forged.headers['stripe-signature']);
    expect(() => sdk.constructEvent(forged.body, header, SECRET, undefined, undefined, NOW * 1000)).toThrow();
  });

  it('is unsigned without the header', () => {
    expect(verify(withHeaders(request, { 'stripe-signature': undefined }))).toBe('unsigned');
  });

  it('is stale beyond five minutes, either way', () => {
    expect(verify(request, [SECRET], (NOW + 300) * 1000)).toBe('genuine');
    expect(verify(request, [SECRET], (NOW + 301) * 1000)).toBe('stale');
    expect(verify(request, [SECRET], (NOW - 301) * 1000)).toBe('stale');
  });

  it('is taken while a secret is being rolled, on either side', () => {
    const both = `${headerFor(BODY, 'whsec_new')},${headerFor(BODY, SECRET).split(',')[1] ?? ''}`;
    expect(verify(signedBy(both))).toBe('genuine');
    expect(verify(request, ['whsec_new', SECRET])).toBe('genuine');
    expect(verify(request, ['whsec_new'])).toBe('forged');
  });

  it('becomes an event of its type, with its id, its time and its very bytes', () => {
    expect(eventOf(stripe.read(request))).toEqual({
      type: 'payment_intent.succeeded',
      data: BODY,
      deliveryId: 'evt_1',
      occurredAt: new Date(1_789_999_990_000),
    });
  });

  it('may be one of the second version, whose time is text', () => {
    const thin =
      '{"id":"evt_test","type":"v1.billing.meter.no_meter_found","created":"2026-01-02T03:04:05.000Z"}';
    expect(eventOf(stripe.read(withBody(request, thin)))).toMatchObject({
      type: 'v1.billing.meter.no_meter_found',
      occurredAt: new Date('2026-01-02T03:04:05Z'),
    });
  });

  it.each(['', '[]', '{"id":"evt_1"}', '{"type":7}', '{"type":""}', 'no json'])(
    'is unreadable: %s',
    (body) => {
      expect(stripe.read(withBody(request, body)).kind).toBe('unreadable');
    },
  );

  it('has a secret, which is no API key', () => {
    expect(stripe.secretFault(SECRET)).toBeUndefined();
    expect(stripe.secretFault('sk_live_abcdefgh')).toContain('whsec_');
  });
});
