/** An endpoint with a bound of its own holds each delivery for a moment: no sign of trouble. */
const HOLDS: Readonly<Record<string, string>> = {
  SCHEMA: 'its event is checked later',
  FILTER: 'its filter is asked later',
  PAUSED: 'its endpoint is paused',
  DISABLED: 'its endpoint is disabled',
  SCHEDULED: 'its time has not come',
  RETRY_AFTER: 'the receiver asked for time',
  CIRCUIT: 'its endpoint fails; one is tried',
  ORDER: 'for those before it of its key',
  RATE_LIMIT: 'for its turn',
  OVERFLOW: 'for its turn',
};

/** Why a delivery is HELD, as somebody reads it in a line. A newer deployment may know more reasons. */
export const holdWords = (because: string | null): string =>
  because === null ? 'held' : `waits: ${HOLDS[because] ?? because}`;
