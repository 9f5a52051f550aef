import { STATUS_CODES, type DeliveryStatus } from '../../domain/delivery/delivery-status';

const MAY_BE_UNDER_WAY: readonly DeliveryStatus[] = ['PENDING', 'RETRYING', 'CANCELLED'];

/**
 * Of a row of `deliveries`, the last attempt number that a new run must leave alone. What is unfinished may be under
 * way, on the ladder too, once the sweep has sent it; and so may what was cancelled: a cancel recalls no request. Its
 * outcome will be on record under the number it was sent with, and one of two with the same number would find its place
 * taken and be forgotten. Of what was cancelled and whose request is in (`late-attempts.ts`), none is. In an update it must
 * stand before the new status.
 */
export const ATTEMPTS_TAKEN = `greatest(
  attempt_count + (status in (${MAY_BE_UNDER_WAY.map((status) => STATUS_CODES[status]).join(', ')})
    and run_start <= attempt_count),
  coalesce((select max(number) from delivery_attempts where delivery_id = deliveries.id), 0))`;
