import type { Sql } from './database';

/**
 * The database's time, in this process. Due times are written and compared by it, so that a machine whose clock is off,
 * or leaps, sends nothing early and sweeps up nothing that is not overdue. From one look to the next it goes on by the
 * monotonic clock.
 */
export interface DatabaseClock {
  /** The process's own time until the first look. */
  now(): Date;
  look(): Promise<void>;
}

export function makeDatabaseClock(
  database: Pick<Sql, 'rows'>,
  monotonicMs: () => number = () => performance.now(),
): DatabaseClock {
  let last: { databaseMs: number; monotonicMs: number } | undefined;
  return {
    now: () => (last ? new Date(last.databaseMs + monotonicMs() - last.monotonicMs) : new Date()),
    async look() {
      const beforeMs = monotonicMs();
      const [row] = await database.rows<{ now: Date }>('select utc_timestamp(3) as now');
      // As of the middle of the question's way there and back.
      if (row) last = { databaseMs: row.now.getTime(), monotonicMs: (beforeMs + monotonicMs()) / 2 };
    },
  };
}
