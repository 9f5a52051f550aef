import type { Database } from './database';
import { makePartitions } from './partitions';

export interface Housekeeping {
  run(now: Date): Promise<{
    partitionsAdded: string[];
    partitionsDropped: string[];
    keysExpired: number;
    revisionsExpired: number;
  }>;
}

const ROWS_PER_STATEMENT = 5000;
const DAY_MS = 86_400_000;
/** An event outlives its retention by up to a day, and was routed a while after the settings were read. */
const SPARE_DAYS = 2;

/** What has to be done now and then so that nothing grows for ever. Every process may run it; each step is idempotent. */
export function makeHousekeeping(database: Database, retentionDays: number): Housekeeping {
  const partitions = makePartitions(database);

  async function deleteWhile(sql: string, before: Date): Promise<number> {
    let all = 0;
    for (let deleted = ROWS_PER_STATEMENT; deleted === ROWS_PER_STATEMENT; all += deleted) {
      deleted = await database.write(`${sql} limit ?`, [before, ROWS_PER_STATEMENT]);
    }
    return all;
  }

  return {
    async run(now) {
      const { added, dropped } = await partitions.keepUp(now, retentionDays);
      const keysExpired = await deleteWhile('delete from idempotency_keys where expires_at < ?', now);
      // No event on record was routed by what had been superseded before the oldest of them came.
      const oldest = new Date(now.getTime() - (retentionDays + SPARE_DAYS) * DAY_MS);
      const revisionsExpired =
        (await deleteWhile('delete from endpoint_revisions where superseded_at < ?', oldest)) +
        (await deleteWhile('delete from subscription_revisions where superseded_at < ?', oldest));
      return { partitionsAdded: added, partitionsDropped: dropped, keysExpired, revisionsExpired };
    },
  };
}
