import type { RejectCode } from '../domain/errors';

/** An event as it came in, before its tenant is known to exist. */
export interface EventEnvelope {
  /** Slug or ten_ id. */
  tenantRef: string;
  type: string;
  version?: number;
  /** The producer's JSON, byte for byte. */
  data: Buffer;
  /** The same, parsed: once, on the way in. */
  parsed: unknown;
  occurredAt?: Date;
  idempotencyKey?: string;
  orderingKey?: string;
  deliverAt?: Date;
  traceparent?: string;
  /** Set when Warren's own ingest accepted the event and has told somebody its id. */
  stamp?: EventStamp;
}

export interface EventStamp {
  eventId: string;
  receivedAt: Date;
  /** To the millisecond, which the timestamp property of AMQP has not. */
  occurredAt: Date;
  /** The tenant's configuration that the publisher could count on. */
  configVersion: number;
  /** The same of the shared event types. */
  sharedCatalogVersion: number;
}

export interface Fault {
  code: RejectCode;
  reason: string;
}

export const isFault = (value: unknown): value is Fault =>
  typeof value === 'object' && value !== null && 'code' in value && 'reason' in value;

export const fault = (code: RejectCode, reason: string): Fault => ({ code, reason });
