import { STATUS_CODES } from '../../domain/delivery/delivery-status';

/** Of a row of `deliveries`: a request may be with its receiver. None is of what is HELD, or waits on the ladder. */
export const MAY_BE_UNDER_WAY = `(status = ${STATUS_CODES.PENDING}
  or (status = ${STATUS_CODES.RETRYING} and next_attempt_at <= utc_timestamp(3)))`;

/**
 * A cancel recalls no request. With this as its `run_start` a CANCELLED delivery says that none is under way: none was when it
 * was cancelled, or its outcome is in (`late-attempts.ts`). A new run sets it anew.
 */
export const NONE_UNDER_WAY = 'attempt_count + 1';

/**
 * Of a row of `deliveries`, the last attempt number that a new run leaves alone: what may be under way will be on record under
 * the number that its receiver was told. In an update it must stand before the new status.
 */
export const ATTEMPTS_TAKEN = `greatest(
  attempt_count + (${MAY_BE_UNDER_WAY} or (status = ${STATUS_CODES.CANCELLED} and run_start < ${NONE_UNDER_WAY})),
  coalesce((select max(number) from delivery_attempts where delivery_id = deliveries.id), 0))`;
