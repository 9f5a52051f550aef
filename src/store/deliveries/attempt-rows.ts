import { encodeId, idBytes } from '../../domain/ids';
import type { Attempt } from '../../domain/delivery/outcome';
import type { Sql } from '../database';

/** A number of the batch was on record before: roll back, and call again with `mayBeOnRecord`. */
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
  const fresh = mayBeOnRecord ? await besideRecorded(sql, made) : made;
  if (fresh.length === 0) return [];
  const inserted = await sql.write(
    `insert ignore into delivery_attempts (delivery_id, number, at, duration_ms, ok, request_headers, request_body,
       response_status, response_headers, response_body, error, error_detail) values ?`,
    [fresh.map(toRow)],
  );
  if (inserted < fresh.length && !mayBeOnRecord) throw new AttemptOnRecord('an attempt is on record already');
  return fresh;
}

/**
 * Leaves out what is on record. Another request's number is no reason to forget one that was made: when a message came
 * twice there were two with one number, and the second to be recorded gets the next that is free.
 */
async function besideRecorded<T extends MaybeAttempted>(
  sql: Sql,
  made: readonly WithAttempt<T>[],
): Promise<WithAttempt<T>[]> {
  if (made.length === 0) return [];
  const recorded = await readRecorded(sql, new Set(made.map(({ deliveryId }) => deliveryId)));
  return made.flatMap((outcome) => {
    const { deliveryId, attempt } = outcome;
    const requests = recorded.get(deliveryId) ?? new Map<number, string>();
    recorded.set(deliveryId, requests);
    const request = requestOf(attempt.at, attempt.durationMs);
    let number = attempt.number;
    while (requests.has(number) && requests.get(number) !== request) number++;
    if (requests.has(number)) return [];
    requests.set(number, request);
    return [number === attempt.number ? outcome : { ...outcome, attempt: { ...attempt, number } }];
  });
}

/** Which requests, by number, of each delivery. */
async function readRecorded(
  sql: Sql,
  deliveryIds: ReadonlySet<string>,
): Promise<Map<string, Map<number, string>>> {
  const rows = await sql.rows<{ delivery_id: Buffer; number: number; at: Date; duration_ms: number }>(
    'select delivery_id, number, at, duration_ms from delivery_attempts where delivery_id in (?)',
    [[...deliveryIds].map((id) => idBytes('delivery', id))],
  );
  const recorded = new Map<string, Map<number, string>>();
  for (const row of rows) {
    const id = encodeId('delivery', row.delivery_id);
    const requests = recorded.get(id) ?? new Map<number, string>();
    recorded.set(id, requests.set(row.number, requestOf(row.at, row.duration_ms)));
  }
  return recorded;
}

/** What tells two requests of one delivery apart: when each began, and how long it took. */
const requestOf = (at: Date, durationMs: number): string => `${at.getTime()}/${Math.round(durationMs)}`;

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
