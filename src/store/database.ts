import type { DataSource } from 'typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Pool, PoolConnection } from 'mysql2';
import { backoffMs } from '../runtime/backoff';
import { listText } from './list-text';

/**
 * Plain SQL for the hot paths, through the same pool that TypeORM uses. Parameters are the driver's `?`; an array makes
 * a list, an array of arrays the rows of a multi-row insert.
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
export const LOCK_WAIT_TIMEOUT = 1205;
/** ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, and MariaDB's ER_CHECKREAD (snapshot moved under a locking read). */
const TRANSIENT = new Set([1213, LOCK_WAIT_TIMEOUT, 1020]);

interface Executor {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

export function makeDatabase(source: DataSource): Database {
  return {
    source,
    ...makeSql({ query: (sql, parameters) => ask(poolOf(source), sql, parameters) }),
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

/** Connections that have been told once; for each transaction it would be one more statement. */
const readsCommitted = new WeakSet<PoolConnection>();

async function runTransaction<T>(source: DataSource, work: (sql: Sql) => Promise<T>): Promise<T> {
  const connection = await connectionOf(poolOf(source));
  try {
    const sql = makeSql({ query: (text, parameters) => ask(connection, text, parameters) });
    if (!readsCommitted.has(connection)) {
      await sql.write('set session transaction isolation level read committed');
      readsCommitted.add(connection);
    }
    await sql.write('start transaction');
    try {
      const result = await work(sql);
      await sql.write('commit');
      return result;
    } catch (error) {
      await sql.write('rollback').catch(() => undefined);
      throw error;
    }
  } finally {
    connection.release();
  }
}

/** TypeORM's own way to it costs several promises, a copy of the rows and a stack trace for each statement. */
function poolOf(source: DataSource): Pool {
  const { pool } = source.driver as unknown as { pool?: Pool };
  // As the driver says it of one that was open.
  if (!pool) throw new Error('Pool is closed.');
  return pool;
}

const connectionOf = (pool: Pool): Promise<PoolConnection> =>
  new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
  });

const ask = (on: Pool | Connection, sql: string, parameters?: unknown[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    on.query(sql, parameters, (error, result) => (error ? reject(error) : resolve(result)));
  });

/** For work inside a transaction of TypeORM's own. */
export function makeSql(executor: Executor): Sql {
  return {
    rows: async <Row>(sql: string, parameters?: unknown[]) =>
      (await executor.query(sql, asText(parameters))) as Row[],
    async write(sql, parameters) {
      const result = (await executor.query(sql, asText(parameters))) as { affectedRows?: number };
      return result.affectedRows ?? 0;
    },
  };
}

const asText = (parameters: unknown[] = []): unknown[] =>
  parameters.map((value) => (Array.isArray(value) ? listText(value) : value));

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
/** ER_TABLEACCESS_DENIED_ERROR. */
export const NOT_ALLOWED = 1142;
