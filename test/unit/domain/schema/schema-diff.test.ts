import { atOnce } from '../../../../src/domain/pieces';
import { diffSchemas } from '../../../../src/domain/schema/schema-diff';

const told = (before: unknown, after: unknown): string[] =>
  atOnce(diffSchemas(before, after)).map(({ code, place, detail }) => `${code} ${place}: ${detail}`);

const object = (properties: object, rest: object = {}) => ({ type: 'object', properties, ...rest });
const total = (schema: object) => object({ total: schema });

describe('the difference of two schemas', () => {
  it.each<[string, unknown, unknown, string[]]>([
    [
      'a required field that is gone',
      object({ total: {} }, { required: ['total'] }),
      object({}),
      ['FIELD_REMOVED data.total: was required'],
    ],
    ['an optional one', object({ total: {} }), object({}), ['FIELD_REMOVED data.total: was optional']],
    [
      'a field deep inside a list',
      object({ lines: { items: object({ sku: {} }) } }),
      object({ lines: { items: object({}) } }),
      ['FIELD_REMOVED data.lines[].sku: was optional'],
    ],
    [
      'a field that need not be there any more',
      object({ a: {} }, { required: ['a'] }),
      object({ a: {} }),
      ['REQUIRED_REMOVED data.a: may be missing now'],
    ],
    [
      'a field that must be there now',
      object({ a: {} }),
      object({ a: {} }, { required: ['a'] }),
      ['REQUIRED_ADDED data.a: events without it are refused now'],
    ],
    [
      'another type',
      total({ type: 'number' }),
      total({ type: 'string' }),
      ['TYPE_CHANGED data.total: was number, is string'],
    ],
    [
      'a null that may come now',
      total({ type: 'number' }),
      total({ type: ['number', 'null'] }),
      ['TYPE_CHANGED data.total: was number, is number or null'],
    ],
    [
      'values that are refused now',
      total({ enum: ['a', 'b', 'c'] }),
      total({ enum: ['a'] }),
      ['ENUM_NARROWED data.total: "b", "c" refused now'],
    ],
    [
      'values that may come now',
      total({ const: 'a' }),
      total({ enum: ['a', 'b'] }),
      ['ENUM_WIDENED data.total: "b" may come now'],
    ],
    [
      'another format',
      total({ format: 'date' }),
      total({ format: 'date-time' }),
      ['FORMAT_CHANGED data.total: was date, is date-time'],
    ],
    [
      'a new pattern',
      total({}),
      total({ pattern: 'a' }),
      ['PATTERN_CHANGED data.total: text that did fit may be refused now'],
    ],
    [
      'a narrower limit',
      total({ maximum: 10, minimum: 0 }),
      total({ maximum: 5, minimum: -5 }),
      ['LIMIT_NARROWED data.total: maximum was 10, is 5'],
    ],
    [
      'an object that is closed now',
      object({}),
      object({}, { additionalProperties: false }),
      ['FIELDS_CLOSED data: members that are not named are refused now'],
    ],
    [
      'what is behind references, allOf and anchors',
      {
        $ref: '#/$defs/order',
        $defs: { order: { allOf: [{ $ref: '#base' }] }, b: { $anchor: 'base', ...object({ a: {} }) } },
      },
      object({}),
      ['FIELD_REMOVED data.a: was optional'],
    ],
    [
      'a field of an alternative',
      { anyOf: [object({ a: {} }), object({ b: {} })] },
      { anyOf: [object({ a: {} })] },
      ['FIELD_REMOVED data.b: was optional'],
    ],
  ])('names %s', (_, before, after, changes) => {
    expect(told(before, after)).toEqual(changes);
  });

  it.each<[string, unknown, unknown]>([
    ['a new optional field', object({}), object({ a: { type: 'string' } })],
    ['a narrower type', total({ type: ['number', 'null'] }), total({ type: 'integer' })],
    ['a wider limit', total({ maxLength: 5 }), total({ maxLength: 6 })],
    [
      'the same through a reference',
      total({ type: 'number' }),
      { ...total({ $ref: '#/$defs/n' }), $defs: { n: { type: 'number' } } },
    ],
    ['words', { title: 'a' }, { title: 'b', description: 'c' }],
    ['true and false', true, false],
  ])('has nothing to say of %s', (_, before, after) => {
    expect(told(before, after)).toEqual([]);
  });

  it('knows which side breaks, and the path that readers go', () => {
    const before = object({ lines: { items: object({ sku: {} }) } });
    const after = object({ lines: { items: object({}, { required: ['x'] }) } });
    expect(atOnce(diffSchemas(before, after)).map(({ breaks, path }) => [breaks, path])).toEqual([
      ['readers', ['lines', 'sku']],
      ['publishers', ['lines', 'x']],
    ]);
  });

  it('ends for trees, and for references that double', () => {
    const tree = (type: string) => ({ properties: { v: { type }, kids: { items: { $ref: '#' } } } });
    expect(told(tree('string'), tree('number'))).toContain('TYPE_CHANGED data.v: was string, is number');
    const doubling = {
      $ref: '#/$defs/d0',
      $defs: Object.fromEntries(
        Array.from({ length: 60 }, (_, n) => {
          const next = { $ref: `#/$defs/d${n + 1}` };
          return [`d${n}`, { allOf: [next, next], properties: { a: next, b: next } }];
        }),
      ),
    };
    expect(told(doubling, doubling)).toEqual([]);
    const many = object(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, {}])));
    expect(told(many, object({}))).toHaveLength(100);
  });
});
