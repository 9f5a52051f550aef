import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** From where a request came, and with which program. */
export interface Origin {
  address: string | null;
  userAgent: string | null;
}

/** The part of a request that says from whom it is. */
export type RequestHead = Pick<IncomingMessage, 'headers' | 'socket'>;

const MAX_USER_AGENT = 200;
/** Proxies in a row that may add to X-Forwarded-For. */
const MAX_HOPS = 20;

/**
 * X-Forwarded-For is read from its end, and only as far as proxies that are trusted have written it: what stands before
 * that, the client may have made up.
 *
 * @param trustedProxies CIDRs
 */
export function makeOriginOf(trustedProxies: readonly string[]): (request: RequestHead) => Origin {
  const trusted = new BlockList();
  for (const cidr of trustedProxies) {
    const [network = '', prefix] = cidr.split('/');
    trusted.addSubnet(network, Number(prefix), familyOf(network));
  }

  function addressOf(request: RequestHead): string | null {
    let address = plainAddress(request.socket.remoteAddress ?? '');
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').slice(-MAX_HOPS);
    while (address !== undefined && forwarded.length > 0 && trusted.check(address, familyOf(address))) {
      const before = plainAddress(forwarded.pop()?.trim() ?? '');
      if (before === undefined) break;
      address = before;
    }
    return address ?? null;
  }

  return (request) => ({
    address: addressOf(request),
    userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
  });
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Without the IPv6 form of IPv4 addresses, and without a zone; undefined when it is no address. */
function plainAddress(text: string): string | undefined {
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(address) === 0 ? undefined : address;
}
