import type { RejectCode } from '../domain/errors';
import type { OutcomeToRecord, RecordedOutcome } from '../domain/delivery/recorded-outcome';
import type { EventToRoute, RoutedEvent } from '../domain/routing/routed-event';
import type { DeliveryChange } from '../messages/delivery-change';
import type { DeliveryDue } from '../messages/delivery-due';
import type { Received } from '../messages/received';
import type { Accepted, AcceptDeps } from './accept-message';

/** What routing needs of the rest of the house. */
export interface RouteDeps extends AcceptDeps {
  /** Writes a batch in one transaction; may run again for the same events. */
  routeEvents(batch: EventToRoute[], at: Date): Promise<RoutedEvent[]>;
  sendDue(due: DeliveryDue): Promise<void>;
  /**
   * Attempts them in this very process, without the hop over the broker, and resolves when all are on record; undefined
   * when they should go over the broker. Not there: everything goes over the broker.
   * @param intoFirstWrite asked first to put an outcome on record
   */
  dispatchDirectly?(
    due: readonly DeliveryDue[],
    intoFirstWrite?: IntoFirstWrite,
  ): Promise<unknown> | undefined;
  /** Attempts what may be dispatched directly before it is written. Not there: everything is written first. */
  first?: FirstAttempts | undefined;
  reject(message: Received, code: RejectCode, reason: string): Promise<void>;
  announce(change: DeliveryChange): void;
  /** Something is held: its gate's owner shall look. */
  nudgeGate(gate: { tenantId: string; endpointId: string }): void;
  observe(report: RouteReport): void;
}

export interface FirstAttempts {
  /** Begins those that may; gives the others, once nothing is under way that they may be a twin of. */
  begin(accepted: readonly Accepted[]): Promise<Accepted[]>;
}

/** Puts an outcome on record with its event; undefined when that was written without it. */
export type IntoFirstWrite = (outcome: OutcomeToRecord) => Promise<RecordedOutcome | undefined>;

/** The wide line of one message, once it is off the queue. */
export type RouteReport =
  | { kind: 'rejected'; code: RejectCode; type: string }
  | {
      kind: 'routed';
      outcome: 'fresh' | 'twin';
      eventId: string;
      tenantId: string;
      type: string;
      deliveries: number;
    };
