import fc from 'fast-check';
import { encodeDue, parseDue } from '../../../src/messages/delivery-due';
import { makeDue } from '../made-up-tenant';

describe('a DeliveryDue', () => {
  it('arrives as it was sent', () => {
    const due = makeDue({
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      orderingKey: 'shop-1',
      attempt: 4,
      runStart: 2,
    });
    expect(parseDue(encodeDue(due))).toEqual({ ...due, v: 1 });
  });

  it('carries the data byte for byte, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'binary' }), (bytes, slug) => {
        const due = makeDue({ data: Buffer.from(bytes), tenantSlug: slug });
        const parsed = parseDue(encodeDue(due));
        expect(parsed.data.equals(due.data)).toBe(true);
        expect(Buffer.from(parsed.tenantSlug)).toEqual(Buffer.from(slug));
      }),
    );
  });

  it('leaves the data behind when the store has it', () => {
    const body = encodeDue(makeDue({ stored: true, data: Buffer.alloc(100_000, 0x20) }));
    expect(body.length).toBeLessThan(1000);
    const parsed = parseDue(body);
    expect(parsed.stored).toBe(true);
    expect(parsed.data).toHaveLength(0);
  });

  it('is read and passed on by a version that does not know all its fields', () => {
    const newer = Buffer.from('{"v":1,"id":"x","attempt":1,"shape":"round","stored":false}\n{}');
    const parsed = parseDue(newer);
    expect(parsed).toMatchObject({ id: 'x', attempt: 1, data: Buffer.from('{}') });
    expect(parseDue(encodeDue({ ...parsed, attempt: 2 }))).toMatchObject({ attempt: 2, shape: 'round' });
  });

  it.each([
    ['another version', '{"v":2,"id":"x"}\n'],
    ['no version', '{"id":"x"}\n'],
    ['no line feed', '{"v":1,"id":"x"}'],
    ['a head that is no JSON', 'hello\n{}'],
    ['a head that is null', 'null\n'],
    ['nothing', ''],
  ])('is refused when it has %s', (_, text) => {
    expect(() => parseDue(Buffer.from(text))).toThrow();
  });
});
