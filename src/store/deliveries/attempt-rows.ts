import { encodeId, idBytes } from '../../domain/ids';
import type { Attempt } from '../../domain/delivery/outcome';
import type { Sql } from '../database';

/** Some attempt of the batch was on record before: roll back, and call again with `mayBeOnRecord`. */
export class AttemptOnRecord extends Error {}

/** Whose attempt it is; undefined when none was made. */
interface MaybeAttempted {
  deliveryId: string;
  attempt?: Attempt | undefined;
}
export type WithAttempt<T extends MaybeAttempted> = T & { attempt: Attempt };

/**
 * Writes the attempts of a batch and gives those that were not on record before, which are the ones to count. Nearly
 * always that is all of them, and the number of rows inserted says so without a look-up.
 */
export async function insertAttempts<T extends MaybeAttempted>(
  sql: Sql,
  batch: readonly T[],
  mayBeOnRecord: boolean,
): Promise<WithAttempt<T>[]> {
  const made = batch.filter((outcome): outcome is WithAttempt<T> => outcome.attempt !== undefined);
  const fresh = mayBeOnRecord ? await withoutRecorded(sql, made) : made;
  if (fresh.length === 0) return [];
  const inserted = await sql.write(
    `insert ignore into delivery_attempts (delivery_id, number, at, duration_ms, ok, request_headers, request_body,
       response_status, response_headers, response_body, error, error_detail) values ?`,
    [fresh.map(toRow)],
  );
  if (inserted < fresh.length && !mayBeOnRecord) throw new AttemptOnRecord('an attempt is on record already');
  return fresh;
}

async function withoutRecorded<T extends MaybeAttempted>(
  sql: Sql,
  made: readonly WithAttempt<T>[],
): Promise<WithAttempt<T>[]> {
  if (made.length === 0) return [];
  const rows = await sql.rows<{ delivery_id: Buffer; number: number }>(
    'select delivery_id, number from delivery_attempts where delivery_id in (?)',
    [[...new Set(made.map(({ deliveryId }) => deliveryId))].map((id) => idBytes('delivery', id))],
  );
  const known = new Set(rows.map((row) => `${encodeId('delivery', row.delivery_id)}/${row.number}`));
  return made.filter(({ deliveryId, attempt }) => {
    const key = `${deliveryId}/${attempt.number}`;
    const isFresh = !known.has(key);
    known.add(key);
    return isFresh;
  });
}

function toRow({ deliveryId, attempt }: WithAttempt<MaybeAttempted>): unknown[] {
  const { response } = attempt;
  return [
    idBytes('delivery', deliveryId),
    attempt.number,
    attempt.at,
    Math.round(attempt.durationMs),
    attempt.error === undefined,
    JSON.stringify(attempt.requestHeaders),
    attempt.requestBody,
    response?.status ?? null,
    response ? JSON.stringify(response.headers) : null,
    response?.body ?? null,
    attempt.error ?? null,
    attempt.errorDetail?.slice(0, 500) ?? null,
  ];
}
