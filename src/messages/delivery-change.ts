import type { DeliveryStatus } from '../domain/delivery/delivery-status';

/**
 * One change of a delivery's status, as the change log has it. Published on the exchange `status` with the key
 * `<tenant slug>.<endpoint id>.<STATUS>`. Only ever a hint: who misses one reads the log from the last seq it saw.
 */
export interface DeliveryChange {
  tenantId: string;
  tenantSlug: string;
  /** Position in the tenant's change log, without gaps, in commit order. */
  seq: number;
  deliveryId: string;
  eventId: string;
  eventType: string;
  endpointId: string;
  status: DeliveryStatus;
  /** Attempts made when the change happened. */
  attempt: number;
  /** Milliseconds since the epoch. */
  atMs: number;
  /**
   * Set when both were written in one go: the delivery's change to PENDING, at this time, has the number before this
   * one, and no message of its own.
   */
  pendingAtMs?: number | undefined;
}

export function changeRoutingKey(change: DeliveryChange): string {
  return `${change.tenantSlug}.${change.endpointId}.${change.status}`;
}

export function encodeChange(change: DeliveryChange): Buffer {
  return Buffer.from(JSON.stringify(change));
}

/** The changes that a message tells of, in their order. */
export function parseChanges(body: Buffer): DeliveryChange[] {
  const { pendingAtMs, ...change } = JSON.parse(body.toString('utf8')) as DeliveryChange;
  if (pendingAtMs === undefined) return [change];
  return [{ ...change, seq: change.seq - 1, status: 'PENDING', attempt: 0, atMs: pendingAtMs }, change];
}
