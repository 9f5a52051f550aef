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
  timeoutMs: { min: 500, max: 30_000 },
  maxInFlight: { min: 1, max: 1000 },
  statsBuckets: { min: 1, default: 60, max: 500 },
  idempotencyHours: 24,
  secretOverlapSeconds: 7 * 86_400,
} as const;
