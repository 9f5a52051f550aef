import type { DeliveryStatus } from './delivery-status';
import { decodeId, timeOfId } from '../ids';

/** Which deliveries somebody asks for. Every condition that is there must hold; times are of the event's receipt. */
export interface DeliveryFilter {
  endpointId?: string;
  eventId?: string;
  /** Exact event types. */
  types?: readonly string[];
  status?: readonly DeliveryStatus[];
  /** Inclusive. */
  since?: Date;
  /** Exclusive. */
  until?: Date;
}

export interface EventFilter {
  /** Exact event types. */
  types?: readonly string[];
  /** Inclusive. */
  since?: Date;
  /** Exclusive. */
  until?: Date;
  idempotencyKey?: string;
}

/** What a change must tell of itself to be filtered; messages/delivery-change.ts has it all. */
export interface FilteredChange {
  deliveryId: string;
  eventId: string;
  eventType: string;
  endpointId: string;
  status: DeliveryStatus;
}

/** The live counterpart of the list query: a change passes when its delivery would be listed in its new status. */
export function matchesFilter(change: FilteredChange, filter: DeliveryFilter): boolean {
  const { endpointId, eventId, types, status } = filter;
  if (endpointId !== undefined && endpointId !== change.endpointId) return false;
  if (eventId !== undefined && eventId !== change.eventId) return false;
  if (types && !types.includes(change.eventType)) return false;
  if (status && !status.includes(change.status)) return false;
  return isWithin(change.deliveryId, filter);
}

/** A delivery's id begins with the time of its event, so the id alone tells. */
function isWithin(deliveryId: string, { since, until }: DeliveryFilter): boolean {
  if (!since && !until) return true;
  const bytes = decodeId('delivery', deliveryId);
  if (!bytes) return false;
  const atMs = timeOfId(bytes);
  return (!since || atMs >= since.getTime()) && (!until || atMs < until.getTime());
}
