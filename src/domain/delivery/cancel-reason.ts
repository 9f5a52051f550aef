/** Why Warren itself cancelled a delivery: its `lastError`. docs/errors.md says what to do about each. */
export const CANCEL_REASONS = [
  'ENDPOINT_DELETED',
  'SUBSCRIPTION_DELETED',
  'EVENT_EXPIRED',
  'FILTERED_OUT',
  'SCHEMA_MISMATCH',
  'DROPPED_OLD',
  'DROPPED_SUPERSEDED',
] as const;

export type CancelReason = (typeof CANCEL_REASONS)[number];
