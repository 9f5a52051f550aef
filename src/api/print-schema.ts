import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { makeSchema } from './schema';

/** The schema as schema.graphql has it: sorted, so that moving code around changes nothing. */
export const schemaText = (schema: GraphQLSchema = makeSchema()): string =>
  `${printSchema(lexicographicSortSchema(schema))}\n`;

/** `node dist/src/api/print-schema.js [--check]`: writes schema.graphql, or says whether it is what the code has. */
function main(): void {
  const path = resolve('schema.graphql');
  if (!process.argv.includes('--check')) {
    writeFileSync(path, schemaText());
    return;
  }
  if (readFileSync(path, 'utf8') === schemaText()) return;
  process.stderr.write(
    'schema.graphql is not what the code has: npm run schema, then look at its git diff\n',
  );
  process.exitCode = 1;
}

if (require.main === module) main();
