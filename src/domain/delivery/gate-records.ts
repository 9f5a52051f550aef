import type { DeliveryStatus } from './delivery-status';
import type { PassingReason } from './hold-reason';
import type { WarrenEvent } from '../nouns';

export const CIRCUIT_STATES = ['CLOSED', 'OPEN', 'HALF_OPEN'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/** What is left of a resume that drops some of what is held: rows up to `to`, those before `from` are done. */
export interface DropWish {
  olderThan: Date | null;
  /** All but the newest of each ordering key. */
  superseded: boolean;
  from: number;
  to: number;
}

/** An endpoint's gate as it is kept. */
export interface GateRecord {
  endpointId: string;
  tenantId: string;
  circuit: CircuitState;
  openedAt: Date | null;
  /** When the next probe may go. */
  probeAt: Date | null;
  /** Probes that failed since the circuit opened. */
  probes: number;
  retryAfterUntil: Date | null;
  /** How often in a row the receiver asked for time. */
  throttles: number;
  /** It comes back from trouble: until it has shown what it can take, what comes waits behind what was held. */
  recovering: boolean;
  drop: DropWish | null;
}

/** What every process knows of a gate. */
export interface GateNotice {
  endpointId: string;
  /** Why what comes is held; null: it is not, its endpoint is sent to by any worker. */
  reason: PassingReason | null;
  hasOwner: boolean;
}

/** A delivery that waits. */
export interface QueuedDelivery {
  deliveryId: string;
  /** Publish order. */
  position: number;
  /** Hash of the ordering key, in hexadecimal. */
  lane: string;
  /** It is not known yet whether it is to be sent at all. */
  isUndecided: boolean;
}

/**
 * What is found out of such a delivery: a scheduled one is wanted, but not yet; the event of an invalid one does not fit
 * its schema.
 */
export type LateAnswer = 'WANTED' | 'UNWANTED' | 'INVALID' | 'SCHEDULED';

/** A delivery that is held until its filter has been asked, and its event. */
export interface UndecidedDelivery {
  id: string;
  subscriptionId: string;
  /** The event has not been checked against its schema. */
  isUnchecked: boolean;
  event: Pick<WarrenEvent, 'id' | 'type' | 'version' | 'occurredAt' | 'deliverAt' | 'data'>;
}

/** A delivery that was let go and whose row is still there. */
export interface StrayDelivery extends QueuedDelivery {
  /** Undefined when the delivery is past retention. */
  status: DeliveryStatus | undefined;
}

/** What waits in all gates together, and where most of it does. */
export interface GateMeasures {
  byReason: { reason: string; count: number }[];
  oldestHeldAt: Date | undefined;
  /** The longest queues, a few at most. */
  longest: { endpointId: string; count: number; oldestHeldAt: Date }[];
}

/** How an endpoint fares, for whoever looks after it. */
export interface EndpointHealth {
  circuit: CircuitState;
  circuitOpenedAt: Date | null;
  nextProbeAt: Date | null;
  retryAfterUntil: Date | null;
  heldCount: number;
  oldestHeldAt: Date | null;
  failingSince: Date | null;
}
