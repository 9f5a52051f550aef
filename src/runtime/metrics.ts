import { DELIVERY_STATUSES } from '../domain/delivery/delivery-status';
import { REJECT_CODES } from '../domain/errors';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/**
 * Every metric Warren exports. Labels take few values: never a tenant or an event type, and an endpoint only where a
 * fixed number of them is shown.
 */
export interface Metrics {
  registry: Registry;
  eventsReceived: Counter<'source'>;
  sourceRequests: Counter<'provider' | 'outcome'>;
  inspectorRequests: Counter<'outcome'>;
  eventsRouted: Counter<'outcome'>;
  eventsRejected: Counter<'code'>;
  deliveriesCreated: Counter;
  tenantsSetAside: Counter;
  deliveriesSettled: Counter<'status'>;
  attempts: Counter<'outcome'>;
  attemptSeconds: Histogram;
  /** From routing to the receiver's 2xx, where the first attempt got one. */
  endToEndSeconds: Histogram;
  batchItems: Histogram<'stage'>;
  batchSeconds: Histogram<'stage'>;
  inFlight: Gauge;
  requestsOpen: Gauge;
  queueDepth: Gauge<'queue'>;
  deliveriesHeld: Gauge<'reason'>;
  oldestHeldSeconds: Gauge;
  /** Of the few endpoints with the longest queues. */
  endpointDeliveriesHeld: Gauge<'endpoint'>;
  endpointOldestHeldSeconds: Gauge<'endpoint'>;
  gatesOwned: Gauge;
  liveClients: Gauge;
  brokerUp: Gauge;
  retries: Counter<'work'>;
  requestsRefused: Counter<'reason'>;
  auditLost: Counter;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function makeMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> =>
    new Counter({ name: `warren_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge({ name: `warren_${name}`, help, labelNames, registers });
  /** Of labels that are known: there from the start, for `increase()` does not see how a series comes to be. */
  const counterOf = <L extends string>(
    ...[name, help, label, values]: [string, string, L, readonly string[]]
  ): Counter<L> => {
    const made = counter(name, help, [label]);
    for (const value of values) made.inc({ [label]: value } as Record<L, string>, 0);
    return made;
  };
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: L[] = [],
  ): Histogram<L> => new Histogram({ name: `warren_${name}`, help, buckets, labelNames, registers });
  return {
    registry,
    eventsReceived: counter('events_received_total', 'Events taken from the broker, the API or a provider', [
      'source',
    ]),
    sourceRequests: counter('source_requests_total', 'Webhooks of providers, by how they ended', [
      'provider',
      'outcome',
    ]),
    inspectorRequests: counter('inspector_requests_total', 'Requests to inspectors, by how they ended', [
      'outcome',
    ]),
    eventsRouted: counter('events_routed_total', 'Events routed: fresh, or a twin of one on record', [
      'outcome',
    ]),
    eventsRejected: counterOf(
      'events_rejected_total',
      'Messages parked in the rejected queue, by reason code',
      'code',
      Object.keys(REJECT_CODES),
    ),
    deliveriesCreated: counter('deliveries_created_total', 'Deliveries written by the router'),
    tenantsSetAside: counter(
      'tenants_set_aside_total',
      'Times that a tenant had too many events with heavy filters or schemas, and was not waited for',
    ),
    deliveriesSettled: counterOf(
      'deliveries_total',
      'Deliveries by the status an attempt gave them',
      'status',
      DELIVERY_STATUSES,
    ),
    attempts: counter('attempts_total', 'Requests made, by outcome', ['outcome']),
    attemptSeconds: histogram('attempt_duration_seconds', 'Duration of one request', SECONDS),
    endToEndSeconds: histogram(
      'delivery_latency_seconds',
      'Routed to delivered, where the first attempt succeeded',
      SECONDS,
    ),
    batchItems: histogram(
      'batch_items',
      'Items per group commit',
      [1, 2, 5, 10, 25, 50, 100, 200, 500],
      ['stage'],
    ),
    batchSeconds: histogram('batch_duration_seconds', 'Duration of one group commit', SECONDS, ['stage']),
    inFlight: gauge('deliveries_in_flight', 'Deliveries this worker has under way'),
    requestsOpen: gauge('requests_open', 'Of those under way, requests that wait for their answers'),
    queueDepth: gauge('queue_messages_ready', 'Messages ready in a queue', ['queue']),
    deliveriesHeld: gauge(
      'deliveries_held',
      'Deliveries that wait in the gate, over all workers, by reason',
      ['reason'],
    ),
    oldestHeldSeconds: gauge(
      'oldest_held_seconds',
      'Age of the delivery that has waited longest in the gate',
    ),
    endpointDeliveriesHeld: gauge(
      'endpoint_deliveries_held',
      'Deliveries that wait for one endpoint, of the endpoints with the longest queues',
      ['endpoint'],
    ),
    endpointOldestHeldSeconds: gauge(
      'endpoint_oldest_held_seconds',
      'Age of the delivery that has waited longest for one endpoint, of the same endpoints',
      ['endpoint'],
    ),
    gatesOwned: gauge('gates_owned', 'Endpoints whose gate this worker owns'),
    liveClients: gauge('live_clients', 'Open GraphQL subscriptions'),
    brokerUp: gauge('broker_up', '1 while the broker takes messages'),
    retries: counter('infrastructure_retries_total', 'Work run again because the database or broker failed', [
      'work',
    ]),
    requestsRefused: counter(
      'api_refused_total',
      'API calls with wrong credentials, or beyond a rate limit',
      ['reason'],
    ),
    auditLost: counter('audit_unrecorded_total', 'Changes that the audit log could not take'),
  };
}
