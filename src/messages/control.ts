import type { PassingReason } from '../domain/delivery/hold-reason';

/** "The configuration of tenant T is now version V", on the fanout exchange `control`. A hint: caches poll as well. */
export interface ConfigChanged {
  kind: 'config';
  tenantId: string;
  version: number;
}

/** "This API key is no longer good", so that cached answers and open streams end at once. */
export interface KeyRevoked {
  kind: 'key-revoked';
  keyId: string;
}

/** "Look at this endpoint's gate": something waits, or its state changed. A hint: boards and owners poll as well. */
export interface GateChanged {
  kind: 'gate';
  tenantId: string;
  endpointId: string;
  /** What its gate says of what comes from now on, null: nothing; left out: the same as before. */
  reason?: PassingReason | null;
  /** It has more than its share of a full window: for a moment what comes is held, too. */
  isOverflow?: true;
  /** Nothing has changed, but that more waits. */
  isArrival?: true;
  /** How many came, where it is an arrival. */
  count?: number;
}

/** "The event types that everybody shares are now at version V". A hint like ConfigChanged. */
export interface CatalogChanged {
  kind: 'catalog';
  version: number;
}

/** "I spread deliveries over so many queues": workers that know fewer take from all of these, too. */
export interface ShardsUsed {
  kind: 'shards';
  count: number;
}

export type ControlMessage = ConfigChanged | KeyRevoked | GateChanged | CatalogChanged | ShardsUsed;

export function encodeControl(message: ControlMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

export function parseControl(body: Buffer): ControlMessage {
  return JSON.parse(body.toString('utf8')) as ControlMessage;
}
