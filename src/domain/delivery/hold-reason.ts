import type { EndpointSettings } from '../nouns';

/** Why a delivery waits, in order of precedence: of several reasons the first is told. docs/gate.md explains each. */
export const HOLD_REASONS = [
  'SCHEMA',
  'FILTER',
  'PAUSED',
  'DISABLED',
  'SCHEDULED',
  'RETRY_AFTER',
  'CIRCUIT',
  'ORDER',
  'RATE_LIMIT',
  'OVERFLOW',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** It is not known yet whether this is to be sent at all: nobody waited for the event's check, or for the filter. */
export const isUndecided = (reason: HoldReason | undefined): boolean =>
  reason === 'SCHEMA' || reason === 'FILTER';

/** Reasons that pass by themselves; rows in `gates` say for which endpoints they hold. */
export type PassingReason = Extract<HoldReason, 'RETRY_AFTER' | 'CIRCUIT' | 'OVERFLOW'>;

/** The part of an endpoint that says how it may be sent to. */
export type GateSettings = Pick<
  EndpointSettings,
  'status' | 'rateLimitPerSecond' | 'maxInFlight' | 'ordered'
>;

/**
 * Why deliveries of this endpoint are sent by its gate's owner alone; undefined when any worker may send them at once.
 * @param passing what the gate itself says at this moment
 * @param byHand somebody asked for this very delivery: only a pause, an order and a crowd still hold it
 * @param crowds what of the endpoint is under way in this process takes up the places of others
 */
export function holdReasonOf(
  endpoint: GateSettings,
  passing?: PassingReason,
  { byHand = false, crowds = false }: { byHand?: boolean | undefined; crowds?: boolean } = {},
): HoldReason | undefined {
  if (endpoint.status !== 'ACTIVE') return endpoint.status;
  const ofCrowd = crowds ? 'OVERFLOW' : undefined;
  if (byHand) return endpoint.ordered ? 'ORDER' : ofCrowd;
  if (passing === 'RETRY_AFTER' || passing === 'CIRCUIT') return passing;
  if (endpoint.ordered) return 'ORDER';
  if (endpoint.rateLimitPerSecond !== null) return 'RATE_LIMIT';
  // A bound that holds over all workers needs one who counts.
  if (endpoint.maxInFlight !== null) return 'OVERFLOW';
  return passing ?? ofCrowd;
}
