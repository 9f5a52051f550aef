/** Bounds that hold everywhere. What an operator may tune is in config.ts; these are the product's own. */
export const LIMITS = {
  /** Above this, `DeliveryDue` carries no payload and the worker reads it from the store. */
  inlinePayloadBytes: 16 * 1024,
  pageSize: 250,
  defaultPageSize: 50,
  eventsPerPublish: 500,
  nameLength: 200,
  descriptionLength: 2000,
  idempotencyKeyLength: 255,
  orderingKeyLength: 255,
  subscriptionsPerEndpoint: 100,
  /** How many endpoints `Event.routing` speaks of. */
  endpointsPerRouting: 250,
  eventTypesPerSubscription: 100,
  retriesPerSchedule: 25,
  deliveriesPerReplay: 1000,
  typesPerReplay: 100,
  typesPerFilter: 100,
  runningReplays: 5,
  timeoutMs: { min: 500, max: 30_000 },
  maxInFlight: { min: 1, max: 1000 },
  rateLimitPerSecond: { min: 0.01, max: 10_000 },
  statsBuckets: { min: 1, default: 60, max: 500 },
  idempotencyHours: 24,
  schemaBytes: 64 * 1024,
  expressionBytes: 32 * 1024,
  eventTypesPerTenant: 1000,
  sharedEventTypes: 5000,
  versionsPerEventType: 100,
  /** Schemas and examples in one generated contract. Many times what a single version may have. */
  catalogPageBytes: 2 * 1024 * 1024,
  secretOverlapSeconds: 7 * 86_400,
  networksPerTenant: 50,
  sourcesPerTenant: 100,
  /** Of a provider's own, in bytes. */
  signingSecretLength: { min: 8, max: 500 },
  eventTypePrefixLength: 100,
  tunnelsPerTenant: 20,
  /** Requests of `endpointTest` that a tenant has under way in one process; each may wait for half a minute. */
  testsAtOnce: 20,
  inspectorsPerTenant: 10,
  /** The newest that an inspector keeps. */
  requestsPerInspector: 100,
  /** What is kept of a request's body. */
  inspectedBodyBytes: 64 * 1024,
  inspectorAnswer: { status: { min: 200, max: 599 }, delayMs: 30_000, bodyBytes: 16 * 1024, failFirst: 1000 },
  inspectorSeconds: { min: 60, default: 86_400, max: 7 * 86_400 },
} as const;
