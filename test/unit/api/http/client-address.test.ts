import type { IncomingMessage } from 'node:http';
import { makeOriginOf } from '../../../../src/api/http/client-address';

const from = (remoteAddress: string | undefined, forwarded?: string | string[], userAgent?: string) =>
  ({
    socket: { remoteAddress },
    headers: { 'x-forwarded-for': forwarded, 'user-agent': userAgent },
  }) as unknown as IncomingMessage;

const trusting = (...proxies: string[]) => {
  const originOf = makeOriginOf(proxies);
  return (...request: Parameters<typeof from>) => originOf(from(...request)).address;
};

describe('the address of a caller', () => {
  it('is the peer’s, whatever it says of itself, when no proxy is trusted', () => {
    expect(trusting()('192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
  });

  it('is the last one that a trusted proxy did not have from itself', () => {
    const addressOf = trusting('10.0.0.0/8', '2001:db8::/32');
    expect(addressOf('10.1.1.1', '203.0.113.9')).toBe('203.0.113.9');
    expect(addressOf('10.1.1.1', '1.1.1.1, 203.0.113.9, 10.2.2.2')).toBe('203.0.113.9');
    expect(addressOf('2001:db8::1', ['1.1.1.1', '203.0.113.9'])).toBe('203.0.113.9');
    expect(addressOf('10.1.1.1', '10.3.3.3, 10.2.2.2')).toBe('10.3.3.3');
  });

  it('is the peer’s when the peer is not trusted', () => {
    expect(trusting('10.0.0.0/8')('192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
  });

  it('stops at what is no address', () => {
    const addressOf = trusting('10.0.0.0/8');
    expect(addressOf('10.1.1.1', '203.0.113.9, unknown')).toBe('10.1.1.1');
    expect(addressOf('10.1.1.1', '')).toBe('10.1.1.1');
    expect(addressOf('10.1.1.1', 'x'.repeat(5000))).toBe('10.1.1.1');
    expect(addressOf(undefined)).toBeNull();
  });

  it('is IPv4 where IPv6 only wraps it, and has no zone', () => {
    expect(trusting()('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(trusting('10.0.0.0/8')('::ffff:10.0.0.1', '::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(trusting()('fe80::1%eth0')).toBe('fe80::1');
  });

  it('comes with at most 200 characters of the program’s name', () => {
    expect(makeOriginOf([])(from('192.0.2.1', undefined, 'x'.repeat(500))).userAgent).toHaveLength(200);
    expect(makeOriginOf([])(from('192.0.2.1')).userAgent).toBeNull();
  });
});
