import type { DeliveryStatus } from '../../domain/delivery/delivery-status';
import type { OutcomeToRecord } from '../../domain/delivery/recorded-outcome';
import { idBytes } from '../../domain/ids';
import { NONE_UNDER_WAY } from './attempts-taken';
import type { Sql } from '../database';

interface FoundRow {
  status: DeliveryStatus;
  attemptCount: number;
  generation: number;
}

/**
 * Counts requests that were under way when their delivery was cancelled: an outcome moves no such row, and it would say
 * that nothing was sent. From then on none is, and a new run need leave no number out.
 * @param rows as the batch leaves them
 */
export async function countLateAttempts(
  sql: Sql,
  batch: readonly OutcomeToRecord[],
  rows: ReadonlyMap<string, FoundRow>,
): Promise<void> {
  const byError = new Map<string | null, Buffer[]>();
  for (const outcome of batch) {
    if (!isLate(outcome, rows.get(outcome.deliveryId))) continue;
    const error = outcome.attempt?.error ?? null;
    byError.set(error, [...(byError.get(error) ?? []), idBytes('delivery', outcome.deliveryId)]);
  }
  for (const [error, ids] of byError) {
    await sql.write(
      `update deliveries set attempt_count = attempt_count + 1, run_start = ${NONE_UNDER_WAY}, last_error = ?
       where id in (?)`,
      [error, ids],
    );
  }
}

/** The very request that the row was waiting for when it was cancelled, which raised its generation by one. */
function isLate({ attempt, number, generation }: OutcomeToRecord, row: FoundRow | undefined): boolean {
  if (!attempt || row?.status !== 'CANCELLED') return false;
  return row.generation === generation + 1 && row.attemptCount === number - 1;
}
