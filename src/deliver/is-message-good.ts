import { isDue, type DeliveryStatus } from '../domain/delivery-status';
import type { DeliveryDue } from '../messages/delivery-due';

/** The little of a delivery's row that says whether a message about it still counts. */
export interface DeliveryState {
  status: DeliveryStatus;
  attemptCount: number;
  generation: number;
  lastError: string | null;
  nextAttemptAt: Date | null;
}

/**
 * - good: the attempt is owed, make it.
 * - settled-before: this very attempt is on record; whoever recorded it may have died before it sent on what follows.
 * - obsolete: a later attempt, a cancel, a hold or a retry by hand has overtaken the message.
 */
export function isMessageGood(
  due: Pick<DeliveryDue, 'attempt' | 'generation'>,
  state: DeliveryState | undefined,
): 'good' | 'settled-before' | 'obsolete' {
  if (state?.generation !== due.generation) return 'obsolete';
  if (state.attemptCount === due.attempt) return 'settled-before';
  return state.attemptCount === due.attempt - 1 && isDue(state.status) ? 'good' : 'obsolete';
}
