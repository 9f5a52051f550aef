import { readConfig } from '../config';
import { makeKeyRing } from '../runtime/key-ring';
import { makeDatabase } from '../store/database';
import { resealAll } from '../store/upkeep/reseal';
import { openDatabase } from './open-database';

export async function reseal({ json = false }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const source = await openDatabase(config.databaseUrl);
  try {
    const count = await resealAll(makeDatabase(source), makeKeyRing(config.masterKeys));
    const words = `${count} values sealed again with the newest master key`;
    process.stdout.write(`${json ? JSON.stringify({ count }) : words}\n`);
  } finally {
    await source.destroy();
  }
}
