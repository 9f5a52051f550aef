import type { Database } from './database';
import { makePartitions } from './partitions';
import { deleteOldReplays } from './replay-store';

export interface Housekeeping {
  run(now: Date): Promise<{ partitionsAdded: string[]; partitionsDropped: string[]; keysExpired: number }>;
}

const KEYS_PER_STATEMENT = 5000;
const DAY_MS = 86_400_000;

/** What has to be done now and then so that nothing grows for ever. Every process may run it; each step is idempotent. */
export function makeHousekeeping(database: Database, retentionDays: number): Housekeeping {
  const partitions = makePartitions(database);
  return {
    async run(now) {
      const { added, dropped } = await partitions.keepUp(now, retentionDays);
      let keysExpired = 0;
      for (let deleted = KEYS_PER_STATEMENT; deleted === KEYS_PER_STATEMENT; keysExpired += deleted) {
        deleted = await database.write('delete from idempotency_keys where expires_at < ? limit ?', [
          now,
          KEYS_PER_STATEMENT,
        ]);
      }
      const beyond = new Date(now.getTime() - retentionDays * DAY_MS);
      for (let deleted = KEYS_PER_STATEMENT; deleted === KEYS_PER_STATEMENT;) {
        deleted = await deleteOldReplays(database, beyond, KEYS_PER_STATEMENT);
      }
      return { partitionsAdded: added, partitionsDropped: dropped, keysExpired };
    },
  };
}
