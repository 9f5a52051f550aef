import fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { checkJsonBytes } from '../../../src/domain/data/json-bytes';
import type { PublishInput } from '../../../src/domain/routing/publish';
import { checkInput, encodeData } from '../../../src/ingest/check-input';

const PATH = ['events', '3'];
const good: PublishInput = { type: 'order.placed', data: {} };
const faultsOf = (changes: Partial<PublishInput>): string[] =>
  checkInput({ ...good, ...changes }, PATH, Number.POSITIVE_INFINITY).map(
    ({ field, code }) => `${field?.slice(2).join('.') ?? ''} ${code}`,
  );

describe('an event handed in', () => {
  it('is fine with a type and data alone, or with everything', () => {
    expect(faultsOf({})).toEqual([]);
    expect(
      faultsOf({
        version: 1_000_000,
        timestamp: new Date(0),
        deliverAt: new Date('9999-12-31T23:59:59.999Z'),
        idempotencyKey: 'k'.repeat(255),
        orderingKey: 'o'.repeat(255),
      }),
    ).toEqual([]);
  });

  it.each<[string, Partial<PublishInput>]>([
    ['type INVALID', { type: '' }],
    ['type INVALID', { type: 'order placed' }],
    ['type INVALID', { type: 'order.*' }],
    ['type INVALID', { type: 'a'.repeat(201) }],
    ['type INVALID', { type: 'warren.endpoint.disabled' }],
    ['type INVALID', { type: 'warren' }],
    ['version INVALID', { version: 0 }],
    ['version INVALID', { version: 1_000_001 }],
    ['version INVALID', { version: 1.5 }],
    ['idempotencyKey INVALID', { idempotencyKey: '' }],
    ['idempotencyKey TOO_LONG', { idempotencyKey: 'k'.repeat(256) }],
    ['orderingKey TOO_LONG', { orderingKey: 'o'.repeat(256) }],
    ['timestamp INVALID', { timestamp: new Date('1969-12-31T23:59:59.999Z') }],
    ['deliverAt INVALID', { deliverAt: new Date('+010000-01-01T00:00:00Z') }],
    ['deliverAt INVALID', { deliverAt: new Date(Number.NaN) }],
  ])('is told %s for %j', (fault, changes) => {
    expect(faultsOf(changes)).toEqual([fault]);
  });

  it('may not begin with our own word, but with one that begins alike', () => {
    expect(faultsOf({ type: 'warrens.order' })).toEqual([]);
  });

  it('is told everything at once, each with the path to it', () => {
    const errors = checkInput(
      { type: '', data: 1, version: 0, idempotencyKey: '', orderingKey: 'o'.repeat(300) },
      PATH,
      Number.POSITIVE_INFINITY,
    );
    expect(errors.map(({ field }) => field)).toEqual(
      ['type', 'version', 'idempotencyKey', 'orderingKey'].map((field) => [...PATH, field]),
    );
  });

  it('never has a key that is too long for the message property which carries it', () => {
    // AMQP 0-9-1 section 4.2.5.3: a short string has at most 255 bytes, however many characters these are.
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), (idempotencyKey) => {
        const isFine = faultsOf({ idempotencyKey }).length === 0;
        expect(isFine && Buffer.byteLength(idempotencyKey) > 255).toBe(false);
      }),
    );
    expect(faultsOf({ idempotencyKey: '€'.repeat(100) })).toEqual(['idempotencyKey TOO_LONG']);
  });
});

describe('the data of an event handed in', () => {
  const encode = (data: unknown, maxBytes = 10_000): unknown => {
    const encoded = encodeData(data, maxBytes, PATH);
    return Buffer.isBuffer(encoded) ? encoded.toString() : encoded.code;
  };
  const nested = (depth: number): unknown =>
    Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1);

  it('keeps numbers that a double cannot hold', () => {
    expect(encode({ n: new LosslessNumber('12345678901234567890.10') })).toBe(
      '{"n":12345678901234567890.10}',
    );
  });

  it('is null when there is none', () => {
    expect(encode(undefined)).toBe('null');
    expect(encode(null)).toBe('null');
  });

  it('may have as many bytes as are allowed, and not one more', () => {
    expect(encode('x'.repeat(98), 100)).toBe(`"${'x'.repeat(98)}"`);
    expect(encode('x'.repeat(99), 100)).toBe('TOO_LONG');
    expect(encode('é'.repeat(50), 100)).toBe('TOO_LONG');
  });

  it('may nest as deep as the router takes it, and not one deeper', () => {
    expect(encode(nested(64))).toBe(`${'['.repeat(64)}1${']'.repeat(64)}`);
    expect(encode(nested(65))).toBe('INVALID');
    expect(encode(nested(100_000), 1_000_000)).toBe('INVALID');
  });

  it('is JSON that the router takes, for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (data) => {
        const encoded = encodeData(data, 1_000_000, PATH);
        expect(checkJsonBytes(encoded as Buffer)).toEqual({
          ok: true,
          value: JSON.parse(JSON.stringify(data)) as unknown,
        });
      }),
    );
  });
});
