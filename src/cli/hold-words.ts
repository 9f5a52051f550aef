import type { HoldReason } from '../domain/hold-reason';

/** The portal says the same. An endpoint with a bound of its own holds each delivery for a moment: no sign of trouble. */
const HOLDS: Readonly<Record<string, string>> = {
  PAUSED: 'its endpoint is paused',
  DISABLED: 'its endpoint is disabled',
  SCHEDULED: 'its time has not come',
  RETRY_AFTER: 'the receiver asked for time',
  CIRCUIT: 'its endpoint fails; it is tried with one delivery',
  ORDER: 'for those before it of its key',
  RATE_LIMIT: 'for its turn',
  OVERFLOW: 'for its turn',
} satisfies Record<HoldReason, string>;

/** Why a delivery is HELD, as somebody reads it in a line. A newer deployment may know more reasons. */
export const holdWords = (because: string): string => `waits: ${HOLDS[because] ?? because}`;
