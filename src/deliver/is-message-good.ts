import type { DeliveryState } from '../domain/delivery/delivery-records';
import { isDue } from '../domain/delivery/delivery-status';
import type { DeliveryDue } from '../messages/delivery-due';

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
