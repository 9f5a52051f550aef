import { createHmac } from 'node:crypto';
import { shopify } from '../../../src/sources/shopify';
import { eventOf, makeRequest, withBody, withHeaders } from './made-up-request';

const SECRET = 'shop-secret';
const BODY = '{"id":1}';
/** Shopify publishes none; the same value is in the tests of others, and what its own library makes. */
const SIGNATURE = 'plW8VGqq0nDMIEhDqaNNW99asdUCy7EIqLZVcQwtAZ0=';

const request = makeRequest(
  {
    'x-shopify-hmac-sha256': SIGNATURE,
    'x-shopify-topic': 'orders/create',
    'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    'x-shopify-event-id': '98880550-7158-44d4-b7cd-2c97c8a091b5',
    'x-shopify-triggered-at': '2026-03-04T05:06:07.123456789Z',
  },
  BODY,
);
const verify = (of: typeof request, secrets = [SECRET]) => shopify.verify(of, secrets, 0);
const signedBy = (signature: string | undefined) =>
  withHeaders(request, { 'x-shopify-hmac-sha256': signature });

describe('a webhook of Shopify', () => {
  it('is genuine with the base64 HMAC of its body', () => {
    expect(verify(request)).toBe('genuine');
    const other = '{"é": [1.0, 2]}';
    const signature = createHmac('sha256', SECRET).update(other).digest('base64');
    expect(verify(withBody(signedBy(signature), other))).toBe('genuine');
  });

  /** Made by @shopify/shopify-api 15.0.0, which needs a newer Node than Warren does. It refuses what is forged below, too. */
  it.each([
    [
      '{"id":820982911946154508,"note":"Grüße ✓","total":"12.50"}',
      'mgSkkV1pw/B+j6dDd+Hz0Kvb/vmsCfzOkUQZ+XXf8ZU=',
    ],
    ['', 'oxs9shCVWn0CJ/tKWdRGk+uZNxs4X3hpGR375U2h7Qg='],
  ])('is genuine when the library of Shopify signed it: %s', (body, signature) => {
    const secret = 'shpss_0123456789abcdef0123456789abcdef';
    expect(verify(withBody(signedBy(signature), body), [secret])).toBe('genuine');
  });

  it.each([
    ['the body is another', withBody(request, '{"id":2}')],
    ['one letter is another', signedBy(SIGNATURE.replace('plW', 'plX'))],
    ['its bytes are spelled in another way', signedBy(SIGNATURE.replace('=', ''))],
    ['it is hexadecimal', signedBy(Buffer.from(SIGNATURE, 'base64').toString('hex'))],
  ])('is forged when %s', (_what, forged) => {
    expect(verify(forged)).toBe('forged');
  });

  it('is unsigned without the header', () => {
    expect(verify(signedBy(undefined))).toBe('unsigned');
  });

  it('is taken with any of several secrets', () => {
    expect(verify(request, ['the-next-secret', SECRET])).toBe('genuine');
    expect(verify(request, ['the-next-secret'])).toBe('forged');
  });

  it('becomes an event named by its topic, known by its webhook id', () => {
    expect(eventOf(shopify.read(request))).toEqual({
      type: 'orders.create',
      data: BODY,
      deliveryId: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      occurredAt: new Date('2026-03-04T05:06:07.123Z'),
    });
  });

  it('is unreadable without a topic, or without JSON', () => {
    expect(shopify.read(withHeaders(request, { 'x-shopify-topic': undefined })).kind).toBe('unreadable');
    expect(shopify.read(withBody(request, 'id=1')).kind).toBe('unreadable');
  });

  it('has a client secret, which is no access token', () => {
    expect(shopify.secretFault('shpss_0123456789abcdef')).toBeUndefined();
    expect(shopify.secretFault('shpat_0123456789abcdef')).toContain('client secret');
  });
});
