/**
 * "Attempt this delivery now." What travels from route, from the ladder and from a retry by hand to deliver.
 * On the wire: one line of JSON, a line feed, then the event's data exactly as the producer wrote it, or nothing when
 * the data is too large to ride along (`stored`) and is read from the store instead. Never a secret.
 */
export interface DeliveryDue {
  id: string;
  tenantId: string;
  tenantSlug: string;
  eventId: string;
  type: string;
  version: number;
  occurredAtMs: number;
  endpointId: string;
  subscriptionId: string;
  /** The number this attempt will have, from 1. */
  attempt: number;
  /** Attempts made before this run up the ladder began. */
  runStart: number;
  generation: number;
  /** The tenant's configuration that was in force when this was decided, or later. */
  configVersion: number;
  /** When the message was written, to tell a fresh one from one that waited. */
  queuedAtMs: number;
  /** What caused the delivery: the publisher's span, or the routing's. */
  traceparent?: string | undefined;
  orderingKey?: string | undefined;
  /** The span of the attempt before. */
  attemptBefore?: string;
  /** Sent because another message like it may have been lost, or not: look at the row before sending. */
  mayHaveTwin?: true;
  /** Somebody asked for this very delivery: only a pause, or an order, still holds it. */
  byHand?: true;
  /** True when `data` is not in the message. */
  stored: boolean;
  data: Buffer;
}

const MESSAGE_VERSION = 1;
const LINE_FEED = 0x0a;

export function encodeDue({ data, ...head }: DeliveryDue): Buffer {
  const line = Buffer.from(`${JSON.stringify({ v: MESSAGE_VERSION, ...head })}\n`);
  return head.stored ? line : Buffer.concat([line, data]);
}

/** Tolerant of fields it does not know, so that an older worker can read a newer router. Throws on anything else. */
export function parseDue(body: Buffer): DeliveryDue {
  const end = body.indexOf(LINE_FEED);
  if (end < 0) throw new Error('not a DeliveryDue: no head line');
  const head = JSON.parse(body.toString('utf8', 0, end)) as Omit<DeliveryDue, 'data'> & { v: number };
  if (head.v !== MESSAGE_VERSION) throw new Error(`not a DeliveryDue that this version reads: v=${head.v}`);
  // Not a copy with one name more: that would have a shape of its own.
  return Object.assign(head, { data: body.subarray(end + 1) });
}
