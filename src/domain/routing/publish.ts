/** An event as a caller of the API hands it in. */
export interface PublishInput {
  /** Slug or ten_ id; needed when the caller belongs to no single tenant. */
  tenant?: string;
  type: string;
  /** Any JSON value; numbers that a double cannot hold are LosslessNumber. A Buffer is JSON text, kept byte for byte. */
  data: unknown;
  version?: number;
  timestamp?: Date;
  idempotencyKey?: string;
  orderingKey?: string;
  deliverAt?: Date;
  /** W3C trace context of what caused it. */
  traceparent?: string;
}

export interface PublishReceipt {
  eventId: string;
  /** True when the key was used within its lifetime: the id is the first event's, and nothing is sent twice. */
  duplicate: boolean;
}
