import { compileSchema } from '../../../../src/catalog/compile-schema';
import { atOnce } from '../../../../src/domain/pieces';
import { checkSchemaAndExample } from '../../../../src/manage/checks/check-event-type';

const HEAD = { version: 1, deprecated: false, downgrade: null };
const saidOf = (schema: unknown, example?: unknown): string[] =>
  atOnce(checkSchemaAndExample({ ...HEAD, schema, example }, compileSchema)).map(({ message }) => message);

describe('what is wrong with a schema is told in a sentence', () => {
  const OUTSIDE = 'must point inside this document, such as #/$defs/money: nothing is fetched from elsewhere';
  it.each<[string, unknown, string]>([
    ['that is text', 'text', 'the schema must be an object, or true or false'],
    ['inside it that is none', { items: 5 }, '/items must be an object, or true or false'],
    [
      'with contains beside unevaluatedItems',
      { contains: {}, unevaluatedItems: false },
      'the schema has contains and unevaluatedItems, which are not taken together: what contains has found would count as not looked at',
    ],
    ['that refers elsewhere', { $ref: 'https://a.example' }, `/$ref ${OUTSIDE}`],
    [
      'whose reference leads nowhere',
      { $ref: '#/nope' },
      '/$ref leads nowhere: there is no schema at #/nope',
    ],
    [
      'whose reference leads to no anchor',
      { properties: { a: { $ref: '#/$defs/b' } }, $defs: { b: { items: { $ref: '#nope' } } } },
      '/$defs/b/items/$ref leads nowhere: there is no schema at #nope',
    ],
    ['whose reference is malformed', { $ref: '#/%zz' }, '/$ref leads nowhere: there is no schema at #/%zz'],
    [
      'with an anchor twice',
      { $defs: { a: { $anchor: 'x' }, b: { $anchor: 'x' } }, $ref: '#x' },
      '/$defs/b/$anchor is there twice: #x could mean either',
    ],
    [
      'with a keyword of OpenAPI',
      { nullable: true },
      '/nullable is of OpenAPI 3.0; use "type": ["string", "null"]',
    ],
    [
      'with a typing error',
      { propertys: {} },
      '/propertys is no keyword of JSON Schema 2020-12; begin the name of a note of your own with x-',
    ],
    [
      'of another draft',
      { $schema: 'http://json-schema.org/draft-07/schema#' },
      '/$schema must be https://json-schema.org/draft/2020-12/schema',
    ],
    ['with an $id inside', { items: { $id: 'a' } }, '/items/$id is for the whole schema only'],
    ['with a pattern that is a number', { pattern: 5 }, '/pattern must be text'],
    [
      'with a type that is none',
      { type: 'objekt' },
      '/type must be one of ["array","boolean","integer","null","number","object","string"]',
    ],
  ])('of one %s', (_, schema, sentence) => {
    expect(saidOf(schema)).toEqual([sentence]);
  });

  it.each<[string, unknown, RegExp]>([
    ['pattern', { pattern: '(?=a)' }, /^\/pattern cannot be used: /],
    [
      'pattern of names',
      { patternProperties: { '(?=a/b)': true } },
      /^\/patternProperties\/\(\?=a~1b\) cannot be used: /,
    ],
    ['format', { format: 'regex' }, /^\/format must be one of these: date, /],
  ])('of a %s that is not taken', (_, schema, sentence) => {
    expect(saidOf(schema)).toEqual([expect.stringMatching(sentence)]);
  });

  const many = (count: number, schema: unknown) => ({ anyOf: Array.from({ length: count }, () => schema) });
  it.each<[string, unknown, string]>([
    ['schemas', many(501, {}), '/anyOf/499 is one too many: a schema has at most 500 schemas in it'],
    [
      'patterns',
      many(101, { pattern: 'a' }),
      '/anyOf/100/pattern is one too many: a schema has at most 100 patterns',
    ],
    [
      'keywords',
      many(300, { minLength: 1, maxLength: 2 }),
      '/anyOf/249/maxLength is one too many: a schema has at most 500 keywords in it, notes not counted',
    ],
  ])('of too many %s', (_, schema, sentence) => {
    expect(saidOf(schema)[0]).toBe(sentence);
  });
});

describe('what is wrong with an example is told in a sentence', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['what may not be there', { properties: { a: false } }, { a: 1 }, ['/a is not allowed']],
    ['all that may not be there', false, 5, ['the example is not allowed']],
    ['a name where there may be none', { propertyNames: false }, { ab: 1 }, ['/ab is not allowed']],
    [
      'a name out of a few',
      { propertyNames: { enum: ['a'] } },
      { ab: 1 },
      ['/ab has a name that must be one of ["a"]'],
    ],
    [
      'a name',
      { propertyNames: { maxLength: 1 } },
      { ab: 1 },
      ['/ab has a name that must NOT have more than 1 characters'],
    ],
  ])('of %s', (_, schema, example, sentences) => {
    expect(saidOf(schema, example)).toEqual(sentences);
  });
});
