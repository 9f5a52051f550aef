import { HEADERS } from './event-headers';

/** An event on its way from Warren's own ingest to the exchange `events`. */
export interface OutgoingEvent {
  tenantId: string;
  tenantSlug: string;
  configVersion: number;
  sharedCatalogVersion: number;
  eventId: string;
  type: string;
  data: Buffer;
  receivedAt: Date;
  occurredAt: Date;
  version?: number;
  idempotencyKey?: string;
  orderingKey?: string;
  deliverAt?: Date;
  traceparent?: string;
}

/** The same shape that producers write, plus the stamp: one exchange, one reader. */
export function writeEventMessage(
  event: OutgoingEvent,
  seal: string,
): {
  routingKey: string;
  body: Buffer;
  options: { messageId?: string; contentType: string; headers: object };
} {
  return {
    routingKey: event.type,
    body: event.data,
    options: {
      contentType: 'application/json',
      ...(event.idempotencyKey === undefined ? {} : { messageId: event.idempotencyKey }),
      headers: {
        [HEADERS.tenant]: event.tenantId,
        [HEADERS.eventId]: event.eventId,
        [HEADERS.receivedAt]: event.receivedAt.getTime(),
        [HEADERS.occurredAt]: event.occurredAt.getTime(),
        [HEADERS.configVersion]: event.configVersion,
        [HEADERS.sharedCatalogVersion]: event.sharedCatalogVersion,
        [HEADERS.seal]: seal,
        ...(event.version === undefined ? {} : { [HEADERS.version]: event.version }),
        ...(event.orderingKey === undefined ? {} : { [HEADERS.orderingKey]: event.orderingKey }),
        ...(event.deliverAt === undefined ? {} : { [HEADERS.deliverAt]: event.deliverAt.toISOString() }),
        ...(event.traceparent === undefined ? {} : { [HEADERS.traceparent]: event.traceparent }),
      },
    },
  };
}
