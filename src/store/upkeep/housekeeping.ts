import { MINUTE_MS } from '../../domain/stats/stats-range';
import { ROUNDS_KEPT_HOURS } from '../changes/change-rounds';
import type { Database } from '../database';
import { makePartitions } from './partitions';
import { deleteExpiredInspectors } from '../events/inspected-request-store';
import { deleteOldReplays } from '../replays/replay-store';

export interface Housekeeping {
  run(now: Date): Promise<HousekeepingReport>;
}

export interface HousekeepingReport {
  partitionsAdded: string[];
  partitionsDropped: string[];
  /** Tables that were in use; their turn comes with the next run. */
  tablesBusy: string[];
  keysExpired: number;
  statHoursExpired: number;
  revisionsExpired: number;
  inspectorsExpired: number;
  changeRoundsExpired: number;
}

const ROWS_PER_STATEMENT = 5000;
/** An event outlives its retention by up to a day, and was routed a while after the settings were read. */
const SPARE_DAYS = 2;
/** Statistics outlive the deliveries that they count: a year can be compared with the month before it. */
export const STAT_HOURS_KEPT_DAYS = 400;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What has to be done now and then so that nothing grows for ever. Every process may run it; each step is idempotent. */
export function makeHousekeeping(
  database: Database,
  retentionDays: number,
  auditRetentionDays: number,
): Housekeeping {
  const partitions = makePartitions(database);
  /** @param where a condition that an index serves */
  async function deleteAll(table: string, where: string, bound: unknown): Promise<number> {
    let total = 0;
    for (let deleted = ROWS_PER_STATEMENT; deleted === ROWS_PER_STATEMENT; total += deleted) {
      deleted = await database.write(`delete from ${table} where ${where} limit ?`, [
        bound,
        ROWS_PER_STATEMENT,
      ]);
    }
    return total;
  }
  return {
    async run(now) {
      const { added, dropped, busy } = await partitions.keepUp(now, retentionDays, auditRetentionDays);
      const keysExpired = await deleteAll('idempotency_keys', 'expires_at < ?', now);
      const oldestHour = Math.floor((now.getTime() - STAT_HOURS_KEPT_DAYS * DAY_MS) / MINUTE_MS);
      const statHoursExpired = await deleteAll('stat_hours', 'at < ?', oldestHour);
      // No event on record was routed by what had been superseded before the oldest of them came.
      const oldest = new Date(now.getTime() - (retentionDays + SPARE_DAYS) * DAY_MS);
      const revisionsExpired =
        (await deleteAll('endpoint_revisions', 'superseded_at < ?', oldest)) +
        (await deleteAll('subscription_revisions', 'superseded_at < ?', oldest));
      const beyond = new Date(now.getTime() - retentionDays * DAY_MS);
      for (let deleted = ROWS_PER_STATEMENT; deleted === ROWS_PER_STATEMENT;) {
        deleted = await deleteOldReplays(database, beyond, ROWS_PER_STATEMENT);
      }
      const inspectorsExpired = await deleteExpiredInspectors(database, now);
      const roundsBefore = new Date(now.getTime() - (ROUNDS_KEPT_HOURS + 1) * HOUR_MS);
      const changeRoundsExpired = await deleteAll('change_rounds', 'at < ?', roundsBefore);
      const expired = {
        keysExpired,
        inspectorsExpired,
        changeRoundsExpired,
        statHoursExpired,
        revisionsExpired,
      };
      return { partitionsAdded: added, partitionsDropped: dropped, tablesBusy: busy, ...expired };
    },
  };
}
