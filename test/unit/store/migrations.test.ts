import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dataSourceOptions } from '../../../src/store/data-source';

/** What an older process that runs beside a new schema may trip over. */
const TROUBLE: [RegExp, string][] = [
  [/^drop /, 'takes a table away'],
  [/^truncate |^delete /, 'takes rows away'],
  [/^rename |\brename (column|to|key|index) /, 'gives something another name'],
  [/\bdrop column /, 'takes a column away'],
  [/\b(modify|change) (column )?\w+ /, 'makes a column another'],
  [/\bdrop (primary key|key|index|constraint|foreign key) /, 'takes a key away'],
  [/^alter .*\badd (unique|constraint|foreign|primary|check) /, 'refuses rows that were good before'],
  [/^create unique /, 'refuses rows that were good before'],
];

/** Why a migration that has one of these is safe all the same. */
const EXCEPTIONS: Record<string, string> = {
  'DeliveryTypes1790000900000 takes a key away':
    'the key is made again in the same statement, one column longer: what used it uses it still',
};

const migrations = dataSourceOptions({ url: 'mysql://nobody@nowhere/none', connectionLimit: 1 })
  .migrations as (new () => MigrationInterface)[];

/** The statements of a migration, as one line each. */
async function statementsOf(Migration: new () => MigrationInterface): Promise<string[]> {
  const statements: string[] = [];
  const query = (text: string): Promise<unknown[]> => {
    statements.push(text.toLowerCase().replaceAll(/\s+/g, ' ').trim());
    return Promise.resolve([]);
  };
  await new Migration().up({ query } as unknown as QueryRunner);
  return statements;
}

/** Columns that are added to a table which older processes write to, and that they would have to fill. */
function unfilled(statement: string): string[] {
  if (!statement.startsWith('alter ')) return [];
  return statement
    .split(/,? ?\badd column /)
    .slice(1)
    .filter((column) => column.includes('not null') && !column.includes(' default '))
    .map((column) => `wants ${column.split(' ')[0] ?? ''} filled`);
}

function troubleIn(statements: string[]): string[] {
  return statements.flatMap((statement) => [
    ...TROUBLE.filter(([pattern]) => pattern.test(statement)).map(([, what]) => what),
    ...unfilled(statement),
  ]);
}

describe('the migrations', () => {
  it('are all those of the folder, in the order of their names', () => {
    const files = readdirSync(join(__dirname, '../../../src/store/migrations')).map(
      (name) => /^\d+/.exec(name)?.[0],
    );
    expect(migrations.map(({ name }) => /\d+$/.exec(name)?.[0]).sort()).toEqual(files.sort());
    expect(new Set(files).size).toBe(files.length);
  });

  it('only add, so that an older process goes on beside them', async () => {
    const found: string[] = [];
    for (const Migration of migrations)
      found.push(...troubleIn(await statementsOf(Migration)).map((what) => `${Migration.name} ${what}`));
    expect(found).toEqual(Object.keys(EXCEPTIONS));
  });

  it.each([
    ['alter table endpoints drop column url', 'takes a column away'],
    [
      'alter table endpoints add column a int null, add column b int not null, add key k (b)',
      'wants b filled',
    ],
    ['alter table endpoints add column b int not null', 'wants b filled'],
    ['alter table endpoints modify column url text', 'makes a column another'],
    ['alter table endpoints change url address text', 'makes a column another'],
    ['alter table endpoints rename column url to address', 'gives something another name'],
    ['rename table endpoints to receivers', 'gives something another name'],
    ['alter table endpoints add unique key endpoints_url (url)', 'refuses rows that were good before'],
    ['drop table endpoints', 'takes a table away'],
    ['alter table endpoints drop key endpoints_tenant', 'takes a key away'],
  ])('would be refused: %s', (statement, what) => {
    expect(troubleIn([statement])).toEqual([what]);
  });

  it.each([
    'alter table endpoints add column a int not null default 0, add column b int null',
    'alter table endpoints add key endpoints_url (url(120))',
    'create table colours ( id int not null primary key, unique key colours_id (id) )',
  ])('may be: %s', (statement) => {
    expect(troubleIn([statement])).toEqual([]);
  });
});
