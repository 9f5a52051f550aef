import type { GateRecord } from '../domain/delivery/gate-records';
import { every, type Repeating } from '../runtime/every';
import { runGate, type RunningGate } from './run-gate';
import type { GateNeeds } from './gate-needs';

/** What owning gates needs of the rest of the house. */
export interface OwnDeps {
  claim: () => Promise<(GateRecord & { orphaned: boolean })[]>;
  renew: () => Promise<GateRecord[]>;
  letGo: () => Promise<void>;
  /** True when somebody is known to own the gate. */
  hasOwner: (endpointId: string) => boolean;
  needs: Omit<GateNeeds, 'holdsLease'>;
  onError: (error: unknown) => void;
}

export interface OwnedGates {
  /** Somebody says that the gate has changed, or only that so many more wait. */
  look(endpointId: string, arrivals?: number): void;
  /** A tenant's settings changed. */
  lookAll(tenantId: string): void;
  owned(): number;
  stop(): Promise<void>;
}

const CLAIM_MS = 1000;
const RENEW_MS = 2000;
/** Less than the lease in the database, counted from before it was asked for. */
const SURE_MS = 6000;
/** All workers hear of a new gate at once; they need not all ask for it in the same moment. */
const RUSH_MS = 15;

/** The gates of this process: claims those without an owner, keeps the leases, and lets go what was lost. */
export function ownGates(deps: OwnDeps): OwnedGates {
  const mine = new Map<string, RunningGate>();
  let sureUntilMs = 0;
  let claimTimer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();
  let stopping = false;
  let stopped: Promise<void> | undefined;
  const needs: GateNeeds = { ...deps.needs, holdsLease: () => performance.now() < sureUntilMs };

  async function claim(): Promise<void> {
    if (stopping) return;
    const askedMs = performance.now();
    const claimed = await deps.claim();
    // The first gate of a process makes it sure of nothing older: there is none.
    if (mine.size === 0) sureUntilMs = askedMs + SURE_MS;
    for (const record of claimed) {
      await mine.get(record.endpointId)?.stop();
      mine.set(record.endpointId, runGate(needs, record));
    }
  }

  /**
   * One at a time: two claims would wait for each other's rows, and a renewal that was asked for before a claim would
   * take what was claimed for lost.
   */
  function inTurn(work: () => Promise<void>): Promise<void> {
    turn = turn.then(work).catch(deps.onError);
    return turn;
  }

  async function renew(): Promise<void> {
    for (const [endpointId, gate] of mine) if (gate.isOver()) mine.delete(endpointId);
    if (mine.size === 0) return;
    const askedMs = performance.now();
    const kept = new Map((await deps.renew()).map((record) => [record.endpointId, record]));
    sureUntilMs = askedMs + SURE_MS;
    for (const [endpointId, gate] of mine) {
      if (kept.has(endpointId)) continue;
      mine.delete(endpointId);
      // Not waited for: the leases of the others would run out meanwhile.
      void gate.stop();
    }
    for (const [endpointId, record] of kept) {
      const gate = mine.get(endpointId);
      if (gate) gate.look(record);
      // Of a claim whose answer was lost. Nobody else may run it while this process renews it.
      else mine.set(endpointId, runGate(needs, { ...record, orphaned: true }));
    }
  }

  const timers: Repeating[] = [
    every(CLAIM_MS, () => inTurn(claim), deps.onError),
    every(RENEW_MS, () => inTurn(renew), deps.onError),
  ];

  return {
    look(endpointId, arrivals) {
      const gate = mine.get(endpointId);
      if (gate && !gate.isOver()) {
        if (arrivals !== undefined) gate.arrived(arrivals);
        else gate.look();
      } else if (!deps.hasOwner(endpointId) || gate) {
        claimTimer ??= setTimeout(() => {
          claimTimer = undefined;
          void inTurn(claim);
        }, Math.random() * RUSH_MS);
      }
    },
    lookAll(tenantId) {
      for (const gate of mine.values()) if (gate.tenantId === tenantId) gate.look();
    },
    owned: () => [...mine.values()].filter((gate) => !gate.isOver()).length,
    stop: () => (stopped ??= stop()),
  };

  async function stop(): Promise<void> {
    stopping = true;
    clearTimeout(claimTimer);
    await Promise.all(timers.map((timer) => timer.stop()));
    await turn;
    await Promise.all([...mine.values()].map((gate) => gate.stop()));
    await deps.letGo().catch(deps.onError);
  }
}
