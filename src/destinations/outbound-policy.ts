import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isOpenable, isWithin, type Address } from '../domain/networks';
import { withDeadline } from '../runtime/with-deadline';
import { parseUrl, refuse, type UrlCheck } from './parse-url';

/**
 * Where Warren may send. Every URL that somebody else chose goes through this one object, three times: its text
 * (`checkUrl`, on save and before every request), what its name resolves to when it is saved (`checkResolved`), and
 * the addresses a connection is really about to use (`lookup`), because a name may answer differently by then.
 * Runtimes do not call `lookup` for address literals: whoever connects must also check those, and the peer.
 */
export interface OutboundPolicy {
  /**
   * Judges the text alone, without the network. `ownPorts` are those of a protocol that is meant to reach its own kind
   * of service, and speaks nothing else. `url.href` is the form to store: punycode, canonical address. */
  checkUrl(text: string, ownPorts?: readonly number[]): UrlCheck;
  /** True for public unicast addresses and those within the allowed networks. Anything unreadable is refused. */
  isAllowedAddress(address: string): boolean;
  /**
   * Also looks the name up: every answer must be allowed. A name without answers (yet) passes, since a receiver may be
   * registered before its DNS is; it cannot be reached until `lookup` has allowed what it then answers.
   */
  checkResolved(text: string, ownPorts?: readonly number[]): Promise<UrlCheck>;
  /** The addresses of a name or an address literal, all of them allowed; throws BlockedAddressError, or what DNS throws. */
  resolve(hostname: string): Promise<LookupAddress[]>;
  /** For `net.connect` and `tls.connect`: fails with BlockedAddressError when any answer is not allowed. */
  lookup: LookupFunction;
}

/** A connection that the policy forbids. The message names no address, so that nobody maps a network by its help. */
export class BlockedAddressError extends Error {
  readonly code = 'BLOCKED_ADDRESS';
  constructor() {
    super('the address is private, local or reserved');
  }
}

export interface OutboundPolicyOptions {
  /** CIDRs that may be reached although they are not public. Throws at once when one is malformed. */
  allowedNetworks: readonly string[];
  /** CIDRs of the tenant whose URLs these are. Of these, only what `isOpenable` counts. */
  tenantNetworks?: readonly string[];
  /** All addresses of a name; the operating system's resolver unless a test brings its own. */
  resolve?: (hostname: string) => Promise<LookupAddress[]>;
  /** How long a save waits for DNS before the name counts as unanswered. */
  resolveTimeoutMs?: number;
}

/** Mail, shells, name service, databases, brokers, orchestration: services that a forged POST can talk to. */
const DENIED_PORTS = new Set([
  0, 21, 22, 23, 25, 53, 110, 111, 135, 139, 143, 389, 445, 465, 514, 587, 636, 873, 993, 995, 1433, 1521,
  2049, 2375, 2376, 2379, 2380, 3306, 4369, 5432, 5671, 5672, 6379, 9200, 9300, 10250, 11211, 15671, 15672,
  25672, 27017, 33060,
]);

/** Names that only mean something inside a network, and those that clouds give their metadata service. */
const PRIVATE_SUFFIX = /\.(local|internal|intranet|lan|home\.arpa|corp|svc)$/;
const METADATA_NAME = /^(metadata|instance-data)(\.|$)/;
const METADATA_ADDRESS = '169.254.169.254';
/** RFC 6761 section 6.3: always the machine itself, whatever a resolver says. */
const LOOPBACK_NAME = /(^|\.)localhost$/;
const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];

/** Azure's metadata and DNS address lies in public space. */
const AZURE_WIRE_SERVER = '168.63.129.16';
/** The only IPv6 space given out for global unicast (IANA). */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

export function makeOutboundPolicy(options: OutboundPolicyOptions): OutboundPolicy {
  const networks = options.allowedNetworks.map((cidr) => ipaddr.parseCIDR(cidr));
  const tenantNetworks = (options.tenantNetworks ?? []).map((cidr) => ipaddr.parseCIDR(cidr));
  const resolve = shareLookups(options.resolve ?? ((hostname) => systemLookup(hostname, { all: true })));
  const resolveTimeoutMs = options.resolveTimeoutMs ?? 3000;
  // With a network besides loopback opened, names of the inside may be meant; their addresses still decide.
  const insideNamesMayPass = [...networks, ...tenantNetworks].some(
    ([network]) => network.range() !== 'loopback',
  );

  const loopbackIsOpen = LOOPBACK_ADDRESSES.some((text) =>
    networks.some((network) => isWithin(ipaddr.parse(text), network)),
  );

  function isAllowedAddress(address: string): boolean {
    if (isIP(address) === 0) return false;
    const parsed = ipaddr.process(address);
    const isIn = (network: [Address, number]) => isWithin(parsed, network);
    return isPublic(parsed) || networks.some(isIn) || (isOpenable(parsed) && tenantNetworks.some(isIn));
  }

  function checkUrl(text: string, ownPorts: readonly number[] = []): UrlCheck {
    const check = parseUrl(text);
    if (!check.ok) return check;
    const host = hostOf(check.url);
    const refusal = refusalOfHost(host) ?? refusalOfPort(check.url, host, ownPorts);
    return refusal ? refuse('BLOCKED_ADDRESS', refusal) : check;
  }

  function refusalOfHost(host: string): string | undefined {
    if (isIP(host) !== 0) {
      return isAllowedAddress(host) ? undefined : 'the address is private, local or reserved';
    }
    if (LOOPBACK_NAME.test(host)) {
      return LOOPBACK_ADDRESSES.some(isAllowedAddress) ? undefined : 'localhost is this machine itself';
    }
    if (METADATA_NAME.test(host)) {
      return isAllowedAddress(METADATA_ADDRESS) ? undefined : 'the host is a metadata service';
    }
    const isInsideName = !host.includes('.') || PRIVATE_SUFFIX.test(host);
    return isInsideName && !insideNamesMayPass
      ? 'the host name only exists inside a private network'
      : undefined;
  }

  function refusalOfPort(url: URL, host: string, ownPorts: readonly number[]): string | undefined {
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    if (!DENIED_PORTS.has(port) || ownPorts.includes(port)) return undefined;
    // A deployment that opened loopback (a demo, a test) has receivers on whatever port was free.
    if (port >= 1024 && isLoopback(host) && loopbackIsOpen) return undefined;
    return `port ${port} belongs to another kind of service`;
  }

  /** The answers for a name, all of them allowed; throws BlockedAddressError, or what the resolver throws. */
  async function resolveAllowed(hostname: string): Promise<LookupAddress[]> {
    const host = hostname.replace(/\.$/, '').toLowerCase();
    const family = isIP(host);
    if (family !== 0) {
      if (!isAllowedAddress(host)) throw new BlockedAddressError();
      return [{ address: host, family }];
    }
    if (LOOPBACK_NAME.test(host)) {
      const own = LOOPBACK_ADDRESSES.filter(isAllowedAddress);
      if (own.length === 0) throw new BlockedAddressError();
      return own.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    }
    const answers = await resolve(hostname);
    if (!answers.every(({ address }) => isAllowedAddress(address))) throw new BlockedAddressError();
    return answers;
  }

  async function checkResolved(text: string, ownPorts?: readonly number[]): Promise<UrlCheck> {
    const check = checkUrl(text, ownPorts);
    if (!check.ok) return check;
    const host = hostOf(check.url);
    if (isIP(host) !== 0) return check;
    try {
      await withDeadline(resolveAllowed(host), resolveTimeoutMs);
      return check;
    } catch (error) {
      if (!(error instanceof BlockedAddressError)) return check;
      return refuse(
        'BLOCKED_ADDRESS',
        'the host name leads to an address that is private, local or reserved',
      );
    }
  }

  const lookup: LookupFunction = (hostname, { all, family }, callback) => {
    resolveAllowed(hostname).then(
      (answers) => {
        const wanted =
          family === 4 || family === 6 ? answers.filter((answer) => answer.family === family) : answers;
        const [first] = wanted;
        if (!first)
          callback(Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' }), '', 0);
        else if (all) callback(null, wanted);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };

  return { checkUrl, isAllowedAddress, checkResolved, resolve: resolveAllowed, lookup };
}

/** Without the brackets of IPv6 and the dot of an absolute name; the parser has lower-cased and normalised the rest. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$|\.$/g, '');
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || address.toString() === AZURE_WIRE_SERVER) return false;
  return address.kind() === 'ipv4' || isWithin(address, GLOBAL_IPV6);
}

function isLoopback(host: string): boolean {
  return LOOPBACK_NAME.test(host) || (isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback');
}

/**
 * One question to the resolver at a time per name: a burst of connections to one slow name must not fill the few
 * threads that getaddrinfo has. Nothing is kept once it is answered.
 */
function shareLookups(resolve: (hostname: string) => Promise<LookupAddress[]>): typeof resolve {
  const underWay = new Map<string, Promise<LookupAddress[]>>();
  return (hostname) => {
    const shared = underWay.get(hostname);
    if (shared) return shared;
    const asked = resolve(hostname).finally(() => underWay.delete(hostname));
    underWay.set(hostname, asked);
    return asked;
  };
}
