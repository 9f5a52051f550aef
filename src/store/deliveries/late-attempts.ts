import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import type { OutcomeToRecord } from '../../domain/delivery/recorded-outcome';
import { idBytes } from '../../domain/ids';
import type { Sql } from '../database';

interface FoundRow {
  status: DeliveryStatus;
  attemptCount: number;
  generation: number;
}

/**
 * Counts requests that were under way when their delivery was cancelled: an outcome moves no such row, and it would say
 * that nothing was sent. `run_start` goes beyond the count, by which `ATTEMPTS_TAKEN` knows that no other can be under
 * way: a new run would leave a number out. It sets `run_start` anew.
 * @param rows as the batch leaves them
 */
export async function countLateAttempts(
  sql: Sql,
  batch: readonly OutcomeToRecord[],
  rows: ReadonlyMap<string, FoundRow>,
): Promise<void> {
  const late = batch.filter((outcome) => isLate(outcome, rows.get(outcome.deliveryId)));
  if (late.length === 0) return;
  await sql.write(
    'update deliveries set run_start = attempt_count + 2, attempt_count = attempt_count + 1 where id in (?)',
    [late.map(({ deliveryId }) => idBytes('delivery', deliveryId))],
  );
}

/** The very request that the row was waiting for when it was cancelled, which raised its generation by one. */
function isLate({ attempt, number, generation }: OutcomeToRecord, row: FoundRow | undefined): boolean {
  if (!attempt || row?.status !== 'CANCELLED') return false;
  return row.generation === generation + 1 && row.attemptCount === number - 1;
}
