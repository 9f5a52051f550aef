import type { DeliveryStatus } from '../delivery/delivery-status';
import type { HoldReason } from '../delivery/hold-reason';
import type { WarrenEvent } from '../nouns';
import type { Attempt } from '../delivery/outcome';

/** An event with those who get it, ready to be written. */
export interface EventToRoute {
  event: WarrenEvent;
  targets: readonly RoutingTarget[];
  /** The version of the tenant's configuration that the targets were found with. */
  configVersion: number;
  /** The scope that kept the event from everybody, as the catalog had it. */
  lackedScope: string | null;
  /** True when the event may be on record already: redelivered, or published under an id or key that was used. */
  suspect: boolean;
  /** True when the broker handed the message out before: its deliveries may have been written but not sent on. */
  redelivered: boolean;
  /** True when its idempotency key was taken before, and its id is the one under which it counts. */
  isClaimed?: boolean | undefined;
  /** Set when its deliveries were attempted before it is written. */
  attempted?: FirstAttemptsSoFar | undefined;
}

/** What is known of an event's first attempts when it is written. */
export interface FirstAttemptsSoFar {
  /** When they began, by the database's clock. */
  since: Date;
  /** Of the targets, in their order. */
  deliveryIds: readonly string[];
  /** Those that have succeeded, by the delivery's id. */
  delivered: ReadonlyMap<string, Attempt>;
}

export interface RoutingTarget {
  subscriptionId: string;
  endpointId: string;
  status: Extract<DeliveryStatus, 'PENDING' | 'HELD'>;
  heldBecause?: HoldReason;
}

export type RoutedEvent =
  | { kind: 'fresh'; eventId: string; deliveries: RoutedDelivery[] }
  /** On record before; `deliveries` are those that may have to be sent (again) for their first attempt. */
  | { kind: 'twin'; eventId: string; deliveries: RoutedDelivery[] }
  /** Another tenant's event has this id. */
  | { kind: 'foreign' };

export interface RoutedDelivery {
  id: string;
  endpointId: string;
  subscriptionId: string;
  status: DeliveryStatus;
  generation: number;
  seq: number;
}
