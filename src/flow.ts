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
    name: 'publishReceived',
    role: 'api',
    consumes: 'POST /in/<source id>',
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
    consumes: 'queues deliver, or its shards, and replay',
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
  {
    name: 'runGate',
    role: 'worker',
    consumes: 'what is held in the database',
    produces: ['attemptDelivery'],
  },
  {
    name: 'replayNext',
    role: 'router',
    consumes: 'the table replays',
    produces: ['deliveries in the database', 'exchange deliveries, key replay', 'exchange status'],
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

/**
 * What a process has under way: so much whatever it is, so that batches are large and a burst's memory is bounded, and
 * beyond that, up to WARREN_WINDOW, only as many as wait for their receivers' answers, which cost little but the waiting.
 */
const OWN_PLACES = 1000;
/** Of the window, the places for whatever is under way. */
export const ownPlaces = (window: number): number => Math.min(window, OWN_PLACES);

/** Places at the moment. @param open requests that wait for an answer */
export const windowNow = (window: number, open: number): number => Math.min(window, ownPlaces(window) + open);

/** Of the places that a router has for events, those that wait for heavy filters and schemas. */
export const PATIENCE = { ofTenant: 16, ofAll: 64, asideMs: 10_000 } as const;

/** Replays give way to what is new: a small share of each worker's window, and a pace. */
export const REPLAY = {
  batch: 200,
  batchBytes: 3 * 1024 * 1024,
  readAtOnce: 50,
  /** Deliveries that one router sends in a second, at most. */
  perSecond: 200,
  /** Between two looks into a range where there is little to send. */
  pauseMs: 20,
  /** Of a worker's own places, and at most so many. */
  share: 0.025,
  most: 10,
  /** Longer than the longest wait in the queue (see maxReplaysWaiting), or the sweep would send it all again. */
  mayWaitMs: 600_000,
  failAfterMs: 300_000,
} as const;

/** A worker's places, divided over the shards that it takes from. */
export const shardPrefetch = (window: number, shards: number): number =>
  Math.max(1, Math.floor(ownPlaces(window) / shards));

/**
 * How many times that a worker takes at once: as receivers take their time, more and more of what it has only waits for
 * them. Once more when that is most of what it has, once less when it is less than half of what the others hold.
 * @param open requests that wait for an answer
 */
export function timesPrefetch(window: number, open: number, before: number): number {
  const own = ownPlaces(window);
  if (open > 0.75 * before * own) return Math.min(Math.floor(window / own), before + 1);
  if (before > 1 && open < 0.5 * (before - 1) * own) return before - 1;
  return before;
}

/** How many replayed deliveries a worker has under way at once. */
export const replayPrefetch = (window: number): number =>
  Math.max(1, Math.min(REPLAY.most, Math.floor(ownPlaces(window) * REPLAY.share)));

/** Most deliveries in one of a replay's transactions. */
export const replayBatch = (window: number): number => Math.min(REPLAY.batch, 5 * replayPrefetch(window));

/**
 * A replay pauses while so many messages wait in its queue. With a batch on top of them, and each taking the longest
 * that an attempt may take (30 s), a single worker is through in 7.5 minutes.
 */
export const maxReplaysWaiting = (window: number): number => 10 * replayPrefetch(window);

/** How often the slow work runs. */
export const TIMERS = {
  configPollMs: 500,
  clockLookMs: 30_000,
  resizeMs: 250,
  gatePollMs: 1000,
  scheduleMs: 500,
  gateMeasureMs: 15_000,
  streamCheckMs: 1000,
  sweepMs: 30_000,
  replayMs: 500,
  replayLookMs: 300,
  inspectorLookMs: 500,
  tunnelCheckMs: 2000,
  tunnelSweepMs: 3_600_000,
  foldStatsMs: 2000,
  housekeepingMs: 3_600_000,
  queueDepthMs: 5000,
} as const;
