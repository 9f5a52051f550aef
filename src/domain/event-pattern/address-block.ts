import { IPv4, IPv6 } from 'ipaddr.js';

/** A block of addresses as CIDR writes it (RFC 4632, RFC 4291): 10.0.0.0/8, 2001:db8::/32. */
export interface AddressBlock {
  source: string;
  bytes: readonly number[];
  bits: number;
}

/** The block, or what is wrong with it in words. */
export function parseBlock(source: string): AddressBlock | string {
  const [address = '', bits = '', ...rest] = source.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits))
    return 'must be an address and a number of bits, such as 10.0.0.0/8';
  const bytes = parseAddress(address);
  if (!bytes) return `begins with ${JSON.stringify(address)}, which is no IP address`;
  if (Number(bits) > bytes.length * 8) return `may have at most ${bytes.length * 8} bits`;
  return { source, bytes, bits: Number(bits) };
}

/** 4 or 16 bytes; undefined for what is not an address written in the usual way. */
export function parseAddress(text: string): readonly number[] | undefined {
  // The longest that can be is 45 characters: the parser's expressions see no more.
  if (text.length > 45 || text.includes('%')) return undefined;
  if (IPv4.isValidFourPartDecimal(text)) return IPv4.parse(text).toByteArray();
  return text.includes(':') && IPv6.isValid(text) ? IPv6.parse(text).toByteArray() : undefined;
}

export function isInBlock(address: readonly number[], { bytes, bits }: AddressBlock): boolean {
  return address.length === bytes.length && networkOf(address, bits) === networkOf(bytes, bits);
}

/** The first bits of an address as text: equal for the addresses of one block. */
export function networkOf(address: readonly number[], bits: number): string {
  const kept = address.map((byte, index) => {
    const own = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - own)) & 0xff;
  });
  return `${kept.join('.')}/${bits}`;
}
