import type { DataSource } from 'typeorm';

const LOCK = '.warren.migrate';
const LOCK_SECONDS = 120;

/**
 * Brings the schema up to date; processes that start together wait for the first. Each migration stands by itself:
 * MySQL commits at every DDL statement anyway.
 * @returns the names of what was applied
 */
export async function migrateSchema(source: DataSource): Promise<string[]> {
  const runner = source.createQueryRunner();
  try {
    const [lock] = (await runner.query('select get_lock(concat(database(), ?), ?) as taken', [
      LOCK,
      LOCK_SECONDS,
    ])) as {
      taken: number | null;
    }[];
    if (Number(lock?.taken) !== 1)
      throw new Error(`another process has been migrating for ${LOCK_SECONDS} s`);
    try {
      const applied = await source.runMigrations({ transaction: 'none' });
      return applied.map(({ name }) => name);
    } finally {
      await runner.query('select release_lock(concat(database(), ?))', [LOCK]);
    }
  } finally {
    await runner.release();
  }
}
