import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { makeSchema } from '../api/schema';

/** The schema as schema.graphql has it: sorted, so that moving code around changes nothing. */
export const schemaText = (schema: GraphQLSchema = makeSchema()): string =>
  `${printSchema(lexicographicSortSchema(schema))}\n`;

/** Writes schema.graphql anew; its git diff is what a change means for clients. */
export function writeSchemaFile(root: string): string {
  const path = join(root, 'schema.graphql');
  writeFileSync(path, schemaText());
  return path;
}

if (require.main === module) process.stdout.write(`${writeSchemaFile(process.cwd())}\n`);
