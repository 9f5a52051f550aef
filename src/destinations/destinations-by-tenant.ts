import { LRUCache } from 'lru-cache';
import { makeDestinations, type Destinations, type DestinationsOptions } from './destinations';
import { makeOutboundPolicy } from './outbound-policy';

/** For whom something is sent, and which CIDRs the operator has opened for them besides the deployment's. */
export interface TenantReach {
  tenantId: string;
  allowedNetworks: readonly string[];
}

/** The destinations as each tenant reaches them. Nothing that one tenant's list opens is ever used for another. */
export interface DestinationsByTenant extends Pick<Destinations, 'ownPayload' | 'close'> {
  checkUrl(reach: TenantReach, ...rest: Parameters<Destinations['checkUrl']>): Checked<'checkUrl'>;
  checkCredentials(
    reach: TenantReach,
    ...rest: Parameters<Destinations['checkCredentials']>
  ): Checked<'checkCredentials'>;
  send(reach: TenantReach, ...rest: Parameters<Destinations['send']>): Checked<'send'>;
}

type Checked<Name extends keyof Destinations> = ReturnType<Destinations[Name]>;

export interface DestinationsByTenantOptions extends Omit<DestinationsOptions, 'policy'> {
  /** CIDRs that the deployment has opened for everybody. */
  allowedNetworks: readonly string[];
}

/** Tenants with a list of their own whose connections are kept. */
const MAX_OWN = 200;

interface Own {
  allowedNetworks: readonly string[];
  destinations: Destinations;
  users: number;
  isRetired: boolean;
  whenClosed: Promise<void>;
  noteClosed: (closed: Promise<void>) => void;
}

/**
 * Tenants without a list share one set of destinations. One with a list has a set of its own, under a policy of its
 * own: connections, tokens and verdicts that a list made possible are then out of everybody else's reach, and are gone
 * when the list changes.
 */
export function makeDestinationsByTenant(options: DestinationsByTenantOptions): DestinationsByTenant {
  const { allowedNetworks, ...rest } = options;
  const makeUnder = (tenantNetworks: readonly string[]) =>
    makeDestinations({ ...rest, policy: makeOutboundPolicy({ allowedNetworks, tenantNetworks }) });
  const shared = makeUnder([]);
  let isClosed = false;
  const owns = new LRUCache<string, Own>({
    max: MAX_OWN,
    dispose(own) {
      own.isRetired = true;
      closeWhenUnused(own);
    },
  });

  function closeWhenUnused(own: Own): void {
    if (own.isRetired && own.users === 0) own.noteClosed(own.destinations.close());
  }

  function ownOf({ tenantId, allowedNetworks: networks }: TenantReach): Own | undefined {
    const known = owns.get(tenantId);
    if (known && isSameList(known.allowedNetworks, networks)) return known;
    if (known) owns.delete(tenantId);
    if (networks.length === 0) return undefined;
    const { promise, resolve } = withResolver();
    const own: Own = {
      allowedNetworks: networks,
      destinations: makeUnder(networks),
      users: 0,
      isRetired: false,
      whenClosed: promise,
      noteClosed: resolve,
    };
    owns.set(tenantId, own);
    return own;
  }

  /** Whose set is in use when its list changes goes on to its end with it. */
  function use<T>(reach: TenantReach, work: (destinations: Destinations) => Promise<T>): Promise<T> {
    // As a send over closed connections rejects: not an answer, which would go on record.
    if (isClosed && reach.allowedNetworks.length > 0) {
      return Promise.reject(new Error('the destinations are closed'));
    }
    const own = ownOf(reach);
    return own ? useOwn(own, work) : work(shared);
  }

  async function useOwn<T>(own: Own, work: (destinations: Destinations) => Promise<T>): Promise<T> {
    own.users++;
    try {
      return await work(own.destinations);
    } finally {
      own.users--;
      closeWhenUnused(own);
    }
  }

  return {
    checkUrl: (reach, url) => use(reach, (destinations) => destinations.checkUrl(url)),
    checkCredentials: (reach, url, given) =>
      use(reach, (destinations) => destinations.checkCredentials(url, given)),
    send: (reach, request) => use(reach, (destinations) => destinations.send(request)),
    ownPayload: shared.ownPayload,
    async close() {
      isClosed = true;
      const kept = [...owns.values()];
      owns.clear();
      await Promise.all([shared.close(), ...kept.map(({ whenClosed }) => whenClosed)]);
    },
  };
}

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((text, at) => text === other[at]));

function withResolver(): { promise: Promise<void>; resolve: (closed: Promise<void>) => void } {
  let resolve: (closed: Promise<void>) => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
