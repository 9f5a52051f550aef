import type { Database } from './database';
import { makePartitions } from './partitions';

export interface Housekeeping {
  run(now: Date): Promise<{ partitionsAdded: string[]; partitionsDropped: string[]; keysExpired: number }>;
}

const KEYS_PER_STATEMENT = 5000;

/** What has to be done now and then so that nothing grows for ever. Every process may run it; each step is idempotent. */
export function makeHousekeeping(
  database: Database,
  retentionDays: number,
  auditRetentionDays = retentionDays,
): Housekeeping {
  const partitions = makePartitions(database);
  return {
    async run(now) {
      const { added, dropped } = await partitions.keepUp(now, retentionDays, auditRetentionDays);
      let keysExpired = 0;
      for (let deleted = KEYS_PER_STATEMENT; deleted === KEYS_PER_STATEMENT; keysExpired += deleted) {
        deleted = await database.write('delete from idempotency_keys where expires_at < ? limit ?', [
          now,
          KEYS_PER_STATEMENT,
        ]);
      }
      return { partitionsAdded: added, partitionsDropped: dropped, keysExpired };
    },
  };
}
