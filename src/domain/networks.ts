import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = [Address, number];

/**
 * What an operator may open for one tenant. The deployment's own list may open anything; a tenant's never reaches what
 * is translated into other addresses, link-local, multicast or unspecified, where a machine keeps its own secrets.
 */
const OPENABLE: Network[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '::1/128',
  'fc00::/7',
].map((cidr) => ipaddr.parseCIDR(cidr));

/** Within those, what clouds answer their machines' questions about themselves from: Alibaba, AWS, Google. */
const METADATA: Network[] = ['100.100.100.200/32', 'fd00:ec2::/32', 'fd20:ce::254/128'].map((cidr) =>
  ipaddr.parseCIDR(cidr),
);

/** The numbers of an address without a leading zero: some read those as octal. */
const CIDR = /^(?=.*:|(0|[1-9]\d*)(\.(0|[1-9]\d*)){3}\/)[0-9a-f:.]{2,45}\/\d{1,3}$/i;

export const OPENABLE_RULE =
  'a network is a CIDR within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 127.0.0.0/8, ::1/128 or fc00::/7, and none of a cloud’s metadata service';

export function isWithin(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** Whether a tenant's list may open it at all. */
export function isOpenable(address: Address): boolean {
  return (
    OPENABLE.some((network) => isWithin(address, network)) &&
    !METADATA.some((network) => isWithin(address, network))
  );
}

/** Whether the text is a network that a tenant's list may have. */
export function isOpenableNetwork(text: string): boolean {
  if (!CIDR.test(text) || !ipaddr.isValidCIDR(text)) return false;
  const [address, bits] = ipaddr.parseCIDR(text);
  const isPartOf = (network: Network) => bits >= network[1] && isWithin(address, network);
  return OPENABLE.some(isPartOf) && !METADATA.some(isPartOf);
}
