import type { GateRecord } from '../../../src/domain/delivery/gate-records';
import type { GateNeeds } from '../../../src/gate/gate-needs';
import { runGate } from '../../../src/gate/run-gate';
import { waitUntil } from '../../support/wait-until';
import { ENDPOINT, TENANT, makeEndpoint } from '../made-up-tenant';

/** A gate with nothing in its queue, that was claimed as its row stands. */
function claim(now: Date, found: Partial<GateRecord>) {
  const record: GateRecord = {
    endpointId: ENDPOINT,
    tenantId: TENANT,
    circuit: 'CLOSED',
    openedAt: null,
    probeAt: null,
    probes: 0,
    retryAfterUntil: null,
    throttles: 0,
    recovering: true,
    drop: null,
    ...found,
  };
  const failures: unknown[] = [];
  const needs = {
    rules: { failures: 3, spanMs: 1000, probeMs: 1000, maxProbeMs: 1000 },
    holdsLease: () => true,
    settingsOf: () => Promise.resolve(makeEndpoint()),
    now: () => now,
    gates: { read: () => Promise.resolve(record), setCircuit: () => Promise.resolve() },
    queue: {
      waiting: () => Promise.resolve([]),
      strays: () => Promise.resolve([]),
      takeBackLate: () => Promise.resolve([]),
      forget: () => Promise.resolve(),
      adopt: () => Promise.resolve(),
    },
    dueMessages: () => Promise.resolve([]),
    room: () => 10,
    hasOthers: () => false,
    unrecorded: () => 0,
    onError: (error: unknown) => failures.push(error),
  } as unknown as GateNeeds;
  return { gate: runGate(needs, { ...record, orphaned: false }), failures };
}

const HOUR_MS = 3_600_000;

describe.each([
  ['behind', -HOUR_MS],
  ['ahead', HOUR_MS],
])('a gate whose owner has a clock that is an hour %s', (_, offMs) => {
  const now = new Date(Date.now() - offMs);
  const inMs = (ms: number): Date => new Date(now.getTime() + ms);

  it.each<[string, (atMs: Date) => Partial<GateRecord>]>([
    ['a Retry-After', (retryAfterUntil) => ({ circuit: 'OPEN', retryAfterUntil, openedAt: now })],
    ['its circuit', (probeAt) => ({ circuit: 'OPEN', probeAt, openedAt: now })],
  ])('waits for %s as long as the clock of the database says', async (_what, until) => {
    const early = claim(now, until(inMs(60_000)));
    const late = claim(now, until(inMs(-1000)));
    await waitUntil(() => {
      for (const { gate } of [early, late]) gate.look();
      return late.gate.state() === 'PROBING';
    });
    expect(early.gate.state()).toBe('WAITING');
    expect([...early.failures, ...late.failures]).toEqual([]);
    await Promise.all([early.gate.stop(), late.gate.stop()]);
  });
});

it.each<[string, (atMs: Date) => Partial<GateRecord>]>([
  ['its circuit', (probeAt) => ({ circuit: 'OPEN', probeAt, openedAt: probeAt })],
  ['a Retry-After', (retryAfterUntil) => ({ circuit: 'OPEN', retryAfterUntil, openedAt: retryAfterUntil })],
])(
  'a gate that is claimed when the wait for %s is just over goes on without another look',
  async (_, until) => {
    const now = new Date();
    const { gate, failures } = claim(now, until(now));
    await waitUntil(() => gate.state() === 'PROBING', 1000);
    expect(failures).toEqual([]);
    await gate.stop();
  },
);
