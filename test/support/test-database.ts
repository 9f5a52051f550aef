import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { makeDataSource } from '../../src/store/data-source';

const SERVER_URL = process.env.DATABASE_URL ?? 'mysql://root@127.0.0.1:3306/';

export interface TestDatabase {
  url: string;
  dataSource: DataSource;
  drop(): Promise<void>;
}

/**
 * A database of its own on the server of DATABASE_URL or the local one, or on another: migrated, unless it is for a process
 * of another version to begin with. Drop it when done.
 */
export async function makeTestDatabase(
  serverUrl = SERVER_URL,
  { isEmpty = false } = {},
): Promise<TestDatabase> {
  const name = `warren_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(serverUrl);
  url.pathname = '/mysql';
  const server = await makeDataSource({ url: url.toString(), connectionLimit: 1 }).initialize();
  await server.query(`create database ${name} character set utf8mb4 collate utf8mb4_bin`);
  url.pathname = `/${name}`;
  const dataSource = await makeDataSource({ url: url.toString(), connectionLimit: 5 }).initialize();
  if (!isEmpty) await dataSource.runMigrations();
  return {
    url: url.toString(),
    dataSource,
    async drop() {
      await dataSource.destroy();
      await server.query(`drop database ${name}`);
      await server.destroy();
    },
  };
}
