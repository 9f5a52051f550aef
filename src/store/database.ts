import type { DataSource } from 'typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '../runtime/backoff';

/**
 * Plain SQL for the hot paths, through the same pool that TypeORM uses. Parameters are the driver's `?`; an array of
 * arrays makes the rows of a multi-row insert.
 */
export interface Sql {
  rows<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** Number of rows inserted, changed or deleted. */
  write(sql: string, parameters?: unknown[]): Promise<number>;
}

export interface Database extends Sql {
  /**
   * One READ COMMITTED transaction, run again when the database chose it as a deadlock's victim or it waited too long
   * for a lock: `work` must be able to run twice.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  source: DataSource;
}

const RETRIES = 6;
const RETRY_DELAY = { firstMs: 5, maxMs: 500 };
/** ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, and MariaDB's ER_CHECKREAD (snapshot moved under a locking read). */
const TRANSIENT = new Set([1213, 1205, 1020]);

interface Executor {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

export function makeDatabase(source: DataSource): Database {
  return {
    source,
    ...makeSql(source),
    async transaction(work) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await runTransaction(source, work);
        } catch (error) {
          if (attempt >= RETRIES || !isTransient(error)) throw error;
          await sleep(backoffMs(attempt, RETRY_DELAY));
        }
      }
    },
  };
}

async function runTransaction<T>(source: DataSource, work: (sql: Sql) => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    await runner.startTransaction('READ COMMITTED');
    const result = await work(makeSql(runner));
    await runner.commitTransaction();
    return result;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}

/** For work inside a transaction of TypeORM's own. */
export function makeSql(executor: Executor): Sql {
  return {
    rows: async <Row>(sql: string, parameters?: unknown[]) =>
      (await executor.query(sql, parameters)) as Row[],
    async write(sql, parameters) {
      const result = (await executor.query(sql, parameters)) as { affectedRows?: number };
      return result.affectedRows ?? 0;
    },
  };
}

/** The MySQL error number somewhere in the chain of causes. */
export function errorNumber(error: unknown): number | undefined {
  for (
    let at: unknown = error;
    typeof at === 'object' && at !== null;
    at = (at as { driverError?: unknown }).driverError
  ) {
    if ('errno' in at && typeof at.errno === 'number') return at.errno;
  }
  return undefined;
}

function isTransient(error: unknown): boolean {
  return TRANSIENT.has(errorNumber(error) ?? 0);
}

export const DUPLICATE_ENTRY = 1062;
