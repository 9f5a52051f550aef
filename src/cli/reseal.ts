import { readConfig } from '../config';
import { makeKeyRing } from '../runtime/key-ring';
import { makeDataSource } from '../store/data-source';
import { makeDatabase } from '../store/database';
import { resealAll } from '../store/reseal';

export async function reseal(): Promise<void> {
  const config = readConfig(process.env);
  const source = await makeDataSource({ url: config.databaseUrl, connectionLimit: 2 }).initialize();
  try {
    const count = await resealAll(makeDatabase(source), makeKeyRing(config.masterKeys));
    process.stdout.write(`${count} values sealed again with the newest master key\n`);
  } finally {
    await source.destroy();
  }
}
