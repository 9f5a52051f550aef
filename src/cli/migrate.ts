import { readConfig } from '../config';
import { makeDatabase } from '../store/database';
import { makeHousekeeping } from '../store/upkeep/housekeeping';
import { migrateSchema } from '../store/migrate';
import { openDatabase } from './open-database';

export async function migrate({ json = false }: { json?: boolean }): Promise<void> {
  const config = readConfig(process.env);
  const source = await openDatabase(config.databaseUrl);
  try {
    const applied = await migrateSchema(source);
    await makeHousekeeping(makeDatabase(source), config.retentionDays, config.auditRetentionDays).run(
      new Date(),
    );
    const words = applied.length > 0 ? `applied: ${applied.join(', ')}` : 'the schema is up to date';
    process.stdout.write(`${json ? JSON.stringify({ applied }) : words}\n`);
  } finally {
    await source.destroy();
  }
}
