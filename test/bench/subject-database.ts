import { makeDataSource } from '../../src/store/data-source';
import { makeDatabase, type Database } from '../../src/store/database';
import type { Ground, Subject } from './setting';

/** A connection of our own to the database of a deployment under test; only one, so that its counters speak of us alone. */
export async function openSubjectDatabase(
  ground: Ground,
  { namespace }: Subject,
): Promise<{ database: Database; close: () => Promise<void> }> {
  const url = new URL(ground.databaseUrl);
  url.pathname = `/${namespace}`;
  const source = await makeDataSource({ url: url.toString(), connectionLimit: 1 }).initialize();
  return { database: makeDatabase(source), close: () => source.destroy() };
}
