import { createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { CloudEvent } from 'cloudevents';
import { HTTP } from 'cloudevents';
import fc from 'fast-check';
import { PAYLOAD_FORMATS } from '../../../../src/domain/nouns';
import type { PayloadEvent } from '../../../../src/domain/data/payload';
import { buildPayload, formatFits } from '../../../../src/domain/data/payload';
import { newEd25519Secret } from '../../../../src/domain/request/webhook-secret';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const KEY = Buffer.from(SECRET.slice(6), 'base64');

const eventWith = (data: string | Buffer): PayloadEvent => ({
  id: 'evt_01h455vb4pex5vsknk084sn02q',
  type: 'order.placed',
  version: 1,
  data: Buffer.from(data),
  occurredAt: new Date('2026-03-04T05:06:07.008Z'),
  tenantSlug: 'acme',
});

describe('the body of a delivery', () => {
  it('is type, timestamp and data in STANDARD', () => {
    const { contentType, body } = buildPayload(eventWith('{"n":1}'), 'STANDARD', SECRET);
    expect(contentType).toBe('application/json');
    expect(body.toString()).toBe(
      '{"type":"order.placed","timestamp":"2026-03-04T05:06:07.008Z","data":{"n":1}}',
    );
  });

  it('is a structured CloudEvent in CLOUDEVENTS', () => {
    const { contentType, body } = buildPayload(eventWith('{"n":1}'), 'CLOUDEVENTS', SECRET);
    expect(contentType).toBe('application/cloudevents+json');
    expect(JSON.parse(body.toString())).toEqual({
      specversion: '1.0',
      id: 'evt_01h455vb4pex5vsknk084sn02q',
      source: '/warren/acme',
      type: 'order.placed',
      time: '2026-03-04T05:06:07.008Z',
      datacontenttype: 'application/json',
      data: { n: 1 },
    });
  });

  it('is read and found valid by the CloudEvents SDK', () => {
    const { contentType, body } = buildPayload(eventWith('{"n":1}'), 'CLOUDEVENTS', SECRET);
    const event = HTTP.toEvent({
      headers: { 'content-type': contentType },
      body: body.toString(),
    }) as CloudEvent;
    expect(event.validate()).toBe(true);
    expect(event.data).toEqual({ n: 1 });
  });

  it('names no tenant in the CloudEvents source when there is none', () => {
    const { tenantSlug, ...event } = eventWith('{}');
    expect(tenantSlug).toBe('acme');
    expect(JSON.parse(buildPayload(event, 'CLOUDEVENTS', SECRET).body.toString())).toHaveProperty(
      'source',
      '/warren/events',
    );
  });

  it('carries its own signature in EMBEDDED_SIGNATURE', () => {
    const { contentType, body } = buildPayload(eventWith('{"b":2,"a":"é"}'), 'EMBEDDED_SIGNATURE', SECRET);
    const signed = '{"data":{"a":"é","b":2},"event":"order.placed","timestamp":"2026-03-04T05:06:07.008Z"}';
    const signature = createHmac('sha256', KEY).update(signed).digest('hex');
    expect(contentType).toBe('application/json');
    expect(body.toString()).toBe(
      `{"event":"order.placed","timestamp":"2026-03-04T05:06:07.008Z","data":{"b":2,"a":"é"},"signature":"HMAC_SHA256_${signature}"}`,
    );
  });

  it('can be verified by a receiver that parses it and canonicalizes what is not the signature', () => {
    fc.assert(
      fc.property(fc.json(), (data) => {
        const body = buildPayload(eventWith(data), 'EMBEDDED_SIGNATURE', SECRET).body;
        const { signature, ...rest } = JSON.parse(body.toString()) as Record<string, unknown>;
        const expected = createHmac('sha256', KEY)
          .update(canonicalize(rest) ?? '')
          .digest('hex');
        expect(signature).toBe(`HMAC_SHA256_${expected}`);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['numbers beyond 2^53', '{"id":12345678901234567890,"price":0.10000000000000000555,"e":1E+2}'],
    ['a __proto__ key', '{"__proto__":{"admin":true},"constructor":1}'],
    ['a key that repeats', '{"a":1,"a":2,"a":3}'],
    ['unusual whitespace', ' {\t"a" :\r\n [ 1 ,2 ] }\n'],
    ['escapes as they were written', '{"a":"\\u00e9\\/\\ud83d\\ude00é😀"}'],
    ['half a surrogate pair', '{"a":"\\ud800"}'],
    ['a negative zero', '[-0,0.0,1.50]'],
    ['a bare value', 'null'],
  ])('carries %s byte for byte in every format', (_, data) => {
    for (const format of PAYLOAD_FORMATS) {
      const { body } = buildPayload(eventWith(data), format, SECRET);
      const start = body.indexOf('"data":') + '"data":'.length;
      expect(body.subarray(start, start + Buffer.byteLength(data)).toString()).toBe(data);
      expect(body.subarray(start + Buffer.byteLength(data)).toString()).toMatch(
        /^(}|,"signature":"HMAC_SHA256_[0-9a-f]{64}"})$/,
      );
      expect(() => JSON.parse(body.toString()) as unknown).not.toThrow();
    }
  });

  it('covers a __proto__ key with the embedded signature', () => {
    const [one, two] = ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'].map(
      (data) =>
        /HMAC_SHA256_\w+/.exec(
          buildPayload(eventWith(data), 'EMBEDDED_SIGNATURE', SECRET).body.toString(),
        )?.[0],
    );
    expect(one).not.toBe(two);
  });

  it('is the same on every attempt', () => {
    for (const format of PAYLOAD_FORMATS) {
      const bodies = [1, 2].map(() =>
        buildPayload(eventWith('{"n":1}'), format, SECRET).body.toString('hex'),
      );
      expect(bodies[0]).toBe(bodies[1]);
    }
  });

  it('escapes a type that would break out of its string', () => {
    for (const format of PAYLOAD_FORMATS) {
      const event = { ...eventWith('1'), type: 'a","data":{},"x":"' };
      const parsed = JSON.parse(buildPayload(event, format, SECRET).body.toString()) as Record<
        string,
        unknown
      >;
      expect(parsed.type ?? parsed.event).toBe(event.type);
    }
  });
});

describe('EMBEDDED_SIGNATURE', () => {
  it('does not fit ed25519 endpoints, which every other format does', () => {
    const unfit = PAYLOAD_FORMATS.filter((format) => !formatFits(format, 'ED25519'));
    expect(unfit).toEqual(['EMBEDDED_SIGNATURE']);
    expect(PAYLOAD_FORMATS.every((format) => formatFits(format, 'HMAC_SHA256'))).toBe(true);
  });

  it('throws rather than sign with a key that is not HMAC', () => {
    expect(() => buildPayload(eventWith('{}'), 'EMBEDDED_SIGNATURE', newEd25519Secret())).toThrow('whsec_');
    expect(() => buildPayload(eventWith('{}'), 'EMBEDDED_SIGNATURE', 'whsec_short')).toThrow('whsec_');
  });

  it('throws for a number that RFC 8785 cannot write', () => {
    expect(() => buildPayload(eventWith('[1e400]'), 'EMBEDDED_SIGNATURE', SECRET)).toThrow('Infinity');
  });
});
