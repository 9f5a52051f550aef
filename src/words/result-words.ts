/** How a request failed; docs/errors.md says what to do about each. */
const FAILURES: Readonly<Record<string, string>> = {
  TIMEOUT: 'no answer in time',
  CONNECTION_REFUSED: 'connection refused',
  CONNECTION_RESET: 'connection broke off',
  DNS: 'host name not known',
  TLS: 'no secure connection',
  BLOCKED_ADDRESS: 'address not allowed',
  BAD_RESPONSE: 'answer is no HTTP',
  PAYLOAD: 'request could not be made',
  DOWNGRADE: 'older version could not be made',
  TRANSFORM: 'transform failed',
  AUTH: 'credentials not accepted',
  UNROUTABLE: 'nothing takes it there',
  REFUSED: 'message refused',
  THROTTLED: 'receiver takes nothing for now',
};

/** Why a delivery was cancelled, where nobody did it by hand. */
const CANCELLATIONS: Readonly<Record<string, string>> = {
  ENDPOINT_DELETED: 'its endpoint was deleted',
  SUBSCRIPTION_DELETED: 'its subscription was deleted',
  EVENT_EXPIRED: 'its event is no longer kept',
  FILTERED_OUT: 'its filter leaves this event out',
  SCHEMA_MISMATCH: 'the event does not fit its schema',
  DROPPED_OLD: 'too old when its endpoint was resumed',
  DROPPED_SUPERSEDED: 'a newer one of its key was waiting',
};

/** The code of a failed attempt or of a cancelled delivery, as somebody reads it in a list. A newer deployment may know more. */
export const resultWords = (code: string): string =>
  FAILURES[code] ?? CANCELLATIONS[code] ?? code.replace(/^HTTP_/, 'HTTP ');

/** Undefined for what was cancelled by hand, whose `lastError` is that of its last attempt. */
export const cancelWords = (lastError: string | null): string | undefined => CANCELLATIONS[lastError ?? ''];
