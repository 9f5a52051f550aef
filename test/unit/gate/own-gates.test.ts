import type { GateRecord } from '../../../src/domain/delivery/gate-records';
import { ownGates, type OwnDeps } from '../../../src/gate/own-gates';
import { makeEndpoint } from '../made-up-tenant';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const CLAIM_MS = 1000;
const RENEW_MS = 2000;

function gateOf(endpointId: string): GateRecord & { orphaned: boolean } {
  return {
    ...{ endpointId, tenantId: 'ten_1', circuit: 'CLOSED', openedAt: null, probeAt: null, probes: 0 },
    ...{ retryAfterUntil: null, throttles: 0, recovering: false, drop: null, orphaned: false },
  };
}

const unexpected = (): never => {
  throw new Error('a gate that is paused does not do this');
};

/** A database with leases, whose answers come when they are let through; every endpoint is paused. */
function ownerOf(...unclaimed: string[]) {
  const owned = new Set<string>();
  const wanted = new Set(unclaimed);
  const looked: string[] = [];
  let slow: Promise<unknown> = Promise.resolve();
  const deps: OwnDeps = {
    claim: () => {
      const claimed = [...wanted].map(gateOf);
      for (const { endpointId } of claimed) owned.add(endpointId);
      wanted.clear();
      return Promise.resolve(claimed);
    },
    async renew() {
      const kept = [...owned].map(gateOf);
      await slow;
      return kept;
    },
    letGo: () => Promise.resolve(),
    hasOwner: (endpointId) => owned.has(endpointId),
    needs: {
      now: () => new Date(),
      rules: { failures: 3, spanMs: 1000, probeMs: 1000, maxProbeMs: 1000 },
      settingsOf: (_tenantId, endpointId) => {
        looked.push(endpointId);
        return Promise.resolve(makeEndpoint({ id: endpointId, status: 'PAUSED' }));
      },
      gates: {
        read: (endpointId) => Promise.resolve(gateOf(endpointId)),
        ...{ setCircuit: unexpected, recover: unexpected, ease: unexpected, close: unexpected },
      },
      queue: {
        strays: () => Promise.resolve([]),
        takeBackLate: () => Promise.resolve([]),
        forget: () => Promise.resolve(),
        adopt: () => Promise.resolve(),
        ...{ waiting: unexpected, headsOf: unexpected, headsAfter: unexpected, release: unexpected },
        ...{ dropPage: unexpected, cancelPage: unexpected, dismiss: unexpected, schedule: unexpected },
      },
      lateAnswers: unexpected,
      dueMessages: () => Promise.resolve([]),
      ...{
        dispatch: unexpected,
        room: unexpected,
        hasOthers: unexpected,
        unrecorded: unexpected,
        announce: unexpected,
      },
      ...{ tellRecovered: unexpected, onError: unexpected },
    },
    onError: unexpected,
  };
  return {
    gates: ownGates(deps),
    looked,
    owned,
    appear: (endpointId: string) => void wanted.add(endpointId),
    slowly: (until: Promise<unknown>) => void (slow = until),
  };
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('owning gates', () => {
  it('claims what has no owner, at once when told and by itself when not', async () => {
    const { gates, appear } = ownerOf('ep_1');
    gates.look('ep_1');
    await pass(50);
    expect(gates.owned()).toBe(1);
    appear('ep_2');
    await pass(CLAIM_MS);
    expect(gates.owned()).toBe(2);
    await gates.stop();
  });

  it('does not look at a gate that is shut for each delivery that is held, but for each change', async () => {
    const { gates, looked } = ownerOf('ep_1');
    await pass(CLAIM_MS + 100);
    const before = looked.length;
    gates.look('ep_1', 1);
    await pass(10);
    expect(looked).toHaveLength(before);
    gates.look('ep_1');
    await pass(10);
    expect(looked.length).toBeGreaterThan(before);
    await gates.stop();
  });

  it('keeps a gate that it claims while its leases are being renewed', async () => {
    const { gates, appear, slowly } = ownerOf('ep_1');
    await pass(CLAIM_MS + 500);
    let answer: (value?: unknown) => void = () => undefined;
    slowly(new Promise((resolve) => (answer = resolve)));
    await pass(RENEW_MS - CLAIM_MS - 500);
    appear('ep_2');
    gates.look('ep_2');
    await pass(50);
    answer();
    await pass(50);
    expect(gates.owned()).toBe(2);
    await gates.stop();
  });

  it('runs what it is said to own, though it never heard the answer to its claim', async () => {
    const { gates, owned, looked } = ownerOf('ep_1');
    await pass(CLAIM_MS);
    owned.add('ep_2');
    await pass(RENEW_MS);
    expect(gates.owned()).toBe(2);
    expect(looked).toContain('ep_2');
    await gates.stop();
  });

  it('lets go of what somebody else has taken over', async () => {
    const { gates, owned } = ownerOf('ep_1', 'ep_2');
    await pass(CLAIM_MS);
    owned.delete('ep_1');
    await pass(RENEW_MS);
    expect(gates.owned()).toBe(1);
    await gates.stop();
  });
});
