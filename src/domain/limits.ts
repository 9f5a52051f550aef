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
  eventTypesPerSubscription: 100,
  retriesPerSchedule: 25,
  timeoutMs: { min: 500, max: 30_000 },
  maxInFlight: { min: 1, max: 1000 },
  idempotencyHours: 24,
  schemaBytes: 64 * 1024,
  expressionBytes: 32 * 1024,
  eventTypesPerTenant: 1000,
  sharedEventTypes: 5000,
  versionsPerEventType: 100,
  secretOverlapSeconds: 7 * 86_400,
} as const;
