import { randomBytes } from 'node:crypto';
import { makeDatabase, type Database } from '../../../src/store/database';
import { makeTestDatabase, type TestDatabase } from '../../support/test-database';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await makeTestDatabase();
  database = makeDatabase(test.dataSource);
  await database.write(
    `create table things (id int primary key, bytes mediumblob null, words text null, at datetime(3) null, yes bool null)
     default charset utf8mb4`,
  );
});
afterAll(() => test.drop());

const NOW = new Date('2026-02-28T23:59:59.007Z');

async function thereAndBack(values: { bytes?: Buffer; words?: string; at?: Date; yes?: boolean }[]) {
  await database.write('delete from things');
  await database.transaction((sql) =>
    sql.write('insert into things (id, bytes, words, at, yes) values ?', [
      values.map(({ bytes, words, at, yes }, id) => [id, bytes, words, at, yes]),
    ]),
  );
  return database.rows<{ bytes: Buffer | null; words: string | null; at: Date | null; yes: number | null }>(
    'select bytes, words, at, yes from things where id in (?) order by id',
    [values.map((_, id) => id)],
  );
}

describe('lists in statements', () => {
  it('bring every byte to the database as it was, text or not', async () => {
    const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const samples = [
      Buffer.alloc(0),
      Buffer.from('{"short":1}'),
      Buffer.from(`{"name":"O'Hara ''; drop table things -- ?","text":"${'x'.repeat(100)}"}`),
      Buffer.from(`{"path":"c:\\\\temp\\\\","quote":"\\"'","text":"${'x'.repeat(100)}"}`),
      Buffer.from(`{"wide":"żółć 漢字 👩‍🚀 \uFEFF\u2028","text":"${'x'.repeat(100)}"}`),
      Buffer.from(`\uFEFF{"begins":"with a byte order mark"}${' '.repeat(100)}`),
      Buffer.concat([Buffer.from('x'.repeat(40)), Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80, 0xff])]),
      Buffer.concat([Buffer.from('x'.repeat(40)), Buffer.from([0, 0x1a, 0x0d, 0x0a])]),
      Buffer.from(`'${"'".repeat(99)}`),
      Buffer.concat([Buffer.from('x'.repeat(40)), Buffer.from("\\'")]),
      allBytes,
      randomBytes(5000),
      ...Array.from({ length: 256 }, (_, byte) =>
        Buffer.concat([Buffer.alloc(40, 0x20), Buffer.from([byte])]),
      ),
    ];
    const rows = await thereAndBack(samples.map((bytes) => ({ bytes })));
    expect(rows.map(({ bytes }) => bytes?.toString('hex'))).toEqual(
      samples.map((bytes) => bytes.toString('hex')),
    );
  });

  it('bring text, times, yes and no and nothing as they were', async () => {
    const words = ['', "O'Hara", '\\', "\\'; --", 'a\0b', '? ?? :name', 'żółć 👩‍🚀', '"', '%_', '\r\n\t\x1a'];
    const rows = await thereAndBack(words.map((text) => ({ words: text })));
    expect(rows.map((row) => row.words)).toEqual(words);
    expect(
      await thereAndBack([{ at: NOW, yes: true }, { at: new Date(NOW.getTime() + 1), yes: false }, {}]),
    ).toEqual([
      { bytes: null, words: null, at: NOW, yes: 1 },
      { bytes: null, words: null, at: new Date(NOW.getTime() + 1), yes: 0 },
      { bytes: null, words: null, at: null, yes: null },
    ]);
  });

  it('are safe when the server does not take backslashes as escapes', async () => {
    const text = `{"name":"O'Hara","path":"c:\\\\temp","text":"${'x'.repeat(100)}"}`;
    const found = await database.transaction(async (sql) => {
      await sql.write('delete from things');
      await sql.write("set session sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
      await sql.write('insert into things (id, bytes, words) values ?', [[[0, Buffer.from(text), "O'Hara"]]]);
      await sql.write('set session sql_mode = default');
      return sql.rows<{ bytes: Buffer; words: string }>('select bytes, words from things');
    });
    expect(found.map(({ bytes, words }) => [bytes.toString(), words])).toEqual([[text, "O'Hara"]]);
  });
});

describe('a transaction', () => {
  it('reads what others have committed meanwhile, and undoes all of it when it fails', async () => {
    await database.write('delete from things');
    const counts = await database.transaction(async (sql) => {
      const count = async (): Promise<number> => (await sql.rows('select id from things')).length;
      const before = await count();
      await database.write('insert into things (id) values (1)');
      return [before, await count()];
    });
    expect(counts).toEqual([0, 1]);
    const failing = database.transaction(async (sql) => {
      await sql.write('insert into things (id) values (2)');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await database.rows('select id from things')).toEqual([{ id: 1 }]);
  });
});
