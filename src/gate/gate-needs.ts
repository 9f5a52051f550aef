import type { CancelReason } from '../domain/delivery/cancel-reason';
import type {
  DropWish,
  LateAnswer,
  GateRecord,
  QueuedDelivery,
  StrayDelivery,
} from '../domain/delivery/gate-records';
import type { PassingReason } from '../domain/delivery/hold-reason';
import type { EndpointSettings } from '../domain/nouns';
import type { Released } from '../domain/delivery/recorded-outcome';
import type { DeliveryDue } from '../messages/delivery-due';
import type { CircuitRules, Judgement } from './circuit';
import type { LaneHead } from './pace/lanes';

/** What one gate's owner needs of the rest of the house. */
export interface GateNeeds {
  rules: CircuitRules;
  /** False once the lease may have run out: from then on somebody else may own the gate. */
  holdsLease(): boolean;
  /** By the database's clock: what one process writes of a gate, others read. */
  now(): Date;
  /** The endpoint as it is set up now; undefined when it is gone. */
  settingsOf(tenantId: string, endpointId: string): Promise<EndpointSettings | undefined>;
  gates: {
    read(endpointId: string): Promise<GateRecord | undefined>;
    setCircuit(gate: GateRecord, circuit: GateRecord['circuit'], how: CircuitTimes): Promise<void>;
    /** Nothing of the past holds it any more. */
    recover(gate: GateRecord): Promise<void>;
    /** What comes need not wait behind what was held. */
    ease(gate: GateRecord): Promise<void>;
    /** False when something came into the queue meanwhile. */
    close(endpointId: string, isGone: boolean): Promise<boolean>;
  };
  queue: {
    waiting(endpointId: string, limit: number): Promise<QueuedDelivery[]>;
    headsOf(endpointId: string, lanes: readonly string[]): Promise<LaneHead[]>;
    headsAfter(
      endpointId: string,
      lane: string | undefined,
      limit: number,
    ): Promise<{ heads: LaneHead[]; next: string | undefined }>;
    release(endpointId: string, queued: readonly QueuedDelivery[], at: Date): Promise<string[]>;
    strays(
      endpointId: string,
      before: { released: Date; byHand: Date },
      limit: number,
    ): Promise<StrayDelivery[]>;
    takeBackLate(endpointId: string, lateMs: number, limit: number): Promise<QueuedDelivery[]>;
    forget(endpointId: string, positions: readonly number[]): Promise<void>;
    adopt(endpointId: string, positions: readonly number[], at: Date): Promise<void>;
    dropPage(endpointId: string, wish: DropWish, at: Date): Promise<{ dropped: number; done: boolean }>;
    cancelPage(endpointId: string, at: Date): Promise<{ dropped: number; done: boolean }>;
    /** They are not to be sent. */
    dismiss(
      endpointId: string,
      ids: readonly string[],
      because: Extract<CancelReason, 'FILTERED_OUT' | 'SCHEMA_MISMATCH'>,
      at: Date,
    ): Promise<void>;
    /** They wait for the time of their events now. */
    schedule(ids: readonly string[], at: Date): Promise<void>;
  };
  /** Whether these deliveries are to be sent at all; those that there was no time for are left out. */
  lateAnswers(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, LateAnswer>>;
  /** The messages that send these deliveries as their rows stand. */
  dueMessages(ids: readonly string[]): Promise<DeliveryDue[]>;
  /** Attempts and records in this process; says what it meant for the endpoint. */
  dispatch(due: DeliveryDue, how: { redelivered: boolean; released: Released }): Promise<Judgement>;
  /** How many more this process can have under way for the endpoint. */
  room(endpointId: string, maxInFlight: number | null): number;
  /** True while this process sends to other endpoints, too. */
  hasOthers(endpointId: string): boolean;
  /** Outcomes of this process that wait to be put on record. */
  unrecorded(): number;
  /** Tells every process what the gate says of what comes from now on; null: it holds nothing. */
  announce(gate: GateRecord, reason: PassingReason | null): void;
  /** The circuit closed again. */
  tellRecovered(gate: GateRecord): void;
  onError(error: unknown, endpointId: string): void;
}

export type CircuitTimes = Pick<GateRecord, 'openedAt' | 'probeAt' | 'probes'>;
