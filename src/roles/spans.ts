import type { WarrenEvent } from '../domain/nouns';
import type { Attempt, Verdict } from '../domain/delivery/outcome';
import type { DeliveryDue } from '../messages/delivery-due';
import type { OutgoingEvent } from '../messages/outgoing-event';
import type { Span, Tracing } from '../runtime/tracing';

/**
 * The spans of an event's way, named by OpenTelemetry's conventions for messaging and HTTP. They have ids, a receiver's
 * host and port, and never its URL: a URL may be a secret.
 */

/** Our own ingest sends an event to the broker. */
export function startPublish(tracing: Tracing, namespace: string, event: OutgoingEvent): Span {
  return tracing.start({
    name: `send ${namespace}.events`,
    kind: 'PRODUCER',
    parent: event.traceparent,
    attributes: {
      ...onEvents(namespace, event.type),
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.message.body.size': event.data.length,
      'warren.event.id': event.eventId,
      'warren.tenant.id': event.tenantId,
    },
  });
}

/** The router takes an event off the broker. What follows from it is caused by this span, however much later. */
export function startRouting(tracing: Tracing, namespace: string, event: WarrenEvent): Span {
  return tracing.start({
    name: `process ${namespace}.events`,
    kind: 'CONSUMER',
    parent: event.traceparent,
    attributes: {
      ...onEvents(namespace, event.type),
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.body.size': event.data.length,
      'warren.event.id': event.id,
      'warren.tenant.id': event.tenantId,
    },
  });
}

const onEvents = (namespace: string, type: string) => ({
  'messaging.system': 'rabbitmq',
  'messaging.destination.name': `${namespace}.events`,
  'messaging.rabbitmq.destination.routing_key': type,
});

/**
 * One attempt: a child of the routing, and linked to the attempt before.
 * @param url the endpoint's, as far as it is known
 */
export function startAttempt(tracing: Tracing, due: DeliveryDue, url: string | undefined): Span {
  const place = url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
  const system = place && MESSAGING[place.protocol];
  return tracing.start({
    name: system === undefined ? 'POST' : `send ${system}`,
    kind: system === undefined ? 'CLIENT' : 'PRODUCER',
    parent: due.traceparent,
    link: due.attemptBefore,
    attributes: {
      ...(system === undefined
        ? { 'http.request.method': 'POST' }
        : { 'messaging.system': system, 'messaging.operation.type': 'send' }),
      // A tunnel has no host.
      ...(place?.hostname ? { 'server.address': place.hostname, ...portOf(place) } : {}),
      ...(due.attempt > 1 ? { 'http.request.resend_count': due.attempt - 1 } : {}),
      'warren.delivery.id': due.id,
      'warren.event.id': due.eventId,
      'warren.endpoint.id': due.endpointId,
      'warren.tenant.id': due.tenantId,
      'warren.attempt': due.attempt,
    },
  });
}

const MESSAGING: Readonly<Record<string, string>> = {
  'amqp:': 'rabbitmq',
  'amqps:': 'rabbitmq',
  'nats:': 'nats',
  'nats+tls:': 'nats',
  'kafka:': 'kafka',
  'kafka+tls:': 'kafka',
  'sqs:': 'aws_sqs',
  'sns:': 'aws.sns',
  'pubsub:': 'gcp_pubsub',
};

const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };
const portOf = ({ port, protocol }: URL): { 'server.port'?: number } => {
  const number = port === '' ? PORTS[protocol] : Number(port);
  return number === undefined ? {} : { 'server.port': number };
};

export function endAttempt(span: Span, { error, response }: Attempt, verdict: Verdict): void {
  span.end(
    {
      'warren.verdict': verdict.kind,
      ...(response ? { 'http.response.status_code': response.status } : {}),
    },
    // The conventions have a status as it is.
    error?.replace(/^HTTP_/, ''),
  );
}
