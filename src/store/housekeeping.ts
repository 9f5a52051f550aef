import { MINUTE_MS } from '../domain/stats-range';
import type { Database } from './database';
import { makePartitions } from './partitions';

export interface Housekeeping {
  run(now: Date): Promise<HousekeepingReport>;
}

export interface HousekeepingReport {
  partitionsAdded: string[];
  partitionsDropped: string[];
  keysExpired: number;
  statHoursExpired: number;
}

const ROWS_PER_STATEMENT = 5000;
/** Statistics outlive the deliveries that they count: a year can be compared with the month before it. */
export const STAT_HOURS_KEPT_DAYS = 400;
const DAY_MS = 86_400_000;

/** What has to be done now and then so that nothing grows for ever. Every process may run it; each step is idempotent. */
export function makeHousekeeping(database: Database, retentionDays: number): Housekeeping {
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
      const { added, dropped } = await partitions.keepUp(now, retentionDays);
      const keysExpired = await deleteAll('idempotency_keys', 'expires_at < ?', now);
      const oldestHour = Math.floor((now.getTime() - STAT_HOURS_KEPT_DAYS * DAY_MS) / MINUTE_MS);
      const statHoursExpired = await deleteAll('stat_hours', 'at < ?', oldestHour);
      return { partitionsAdded: added, partitionsDropped: dropped, keysExpired, statHoursExpired };
    },
  };
}
