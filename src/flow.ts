import type { Role } from './config';

/**
 * The pipeline as data: which queue each stage takes from, what it leaves and how much it has under way at once. Read it
 * beside docs/flow.md; the names are the functions' names.
 */
export interface Stage {
  name: string;
  role: Role;
  /** Queue without the namespace, or how the stage is called. */
  consumes: string;
  produces: readonly string[];
}

export const FLOW: readonly Stage[] = [
  {
    name: 'publishEvents',
    role: 'api',
    consumes: 'GraphQL eventPublish, eventsPublish',
    produces: ['exchange events'],
  },
  {
    name: 'routeEvents',
    role: 'router',
    consumes: 'queue route',
    produces: [
      'events and deliveries in the database',
      'exchange deliveries',
      'exchange rejected',
      'exchange status',
    ],
  },
  {
    name: 'attemptDelivery',
    role: 'worker',
    consumes: 'queue deliver',
    produces: ['an HTTP request', 'recordOutcome'],
  },
  {
    name: 'recordOutcome',
    role: 'worker',
    consumes: 'attemptDelivery',
    produces: [
      'attempts and deliveries in the database',
      'exchange retry',
      'exchange dead',
      'exchange status',
    ],
  },
  { name: 'sweepOverdue', role: 'router', consumes: 'a timer', produces: ['exchange deliveries'] },
  {
    name: 'foldStats',
    role: 'router',
    consumes: 'a timer',
    produces: ['minutes and hours of statistics in the database'],
  },
  {
    name: 'watchDeliveries',
    role: 'api',
    consumes: 'exchange status, the change log',
    produces: ['deliveryUpdated'],
  },
];

/** Group commits. Weight keeps one statement below the database's max_allowed_packet, blobs being written as hex. */
export const BATCHES = {
  route: { maxItems: 200, maxWeightBytes: 3 * 1024 * 1024, concurrency: 2, prefetch: 600 },
  record: { maxItems: 200, maxWeightBytes: 3 * 1024 * 1024, concurrency: 2 },
  look: { maxItems: 200, concurrency: 2 },
} as const;

/** How often the slow work runs. */
export const TIMERS = {
  configPollMs: 500,
  streamCheckMs: 1000,
  sweepMs: 30_000,
  foldStatsMs: 2000,
  housekeepingMs: 3_600_000,
  queueDepthMs: 5000,
} as const;
