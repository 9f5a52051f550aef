import { compileSchema } from '../../../../src/catalog/compile-schema';
import { atOnce } from '../../../../src/domain/pieces';
import { findCircle } from '../../../../src/domain/schema/schema-references';

describe('a reference that comes back without going deeper into the data is found', () => {
  const self = { $ref: '#' };
  it.each<[string, object, string]>([
    ['the schema itself', self, '/$ref'],
    ['allOf', { allOf: [true, self] }, '/allOf/1/$ref'],
    ['anyOf', { type: 'object', anyOf: [{ type: 'null' }, self] }, '/anyOf/1/$ref'],
    ['oneOf', { oneOf: [self] }, '/oneOf/0/$ref'],
    ['not', { not: self }, '/not/$ref'],
    ['if', { if: self }, '/if/$ref'],
    ['then', { if: true, then: self }, '/then/$ref'],
    ['else', { if: true, else: self }, '/else/$ref'],
    ['dependentSchemas', { dependentSchemas: { 'a/b': self } }, '/dependentSchemas/a~1b/$ref'],
    [
      'definitions that refer to each other',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { allOf: [{ $ref: '#/$defs/a' }] } } },
      '/$defs/b/allOf/0/$ref',
    ],
    [
      'an anchor',
      { $ref: '#here', $defs: { x: { $anchor: 'here', not: { $ref: '#here' } } } },
      '/$defs/x/not/$ref',
    ],
    ['below a member', { properties: { a: { $ref: '#/properties/a' } } }, '/properties/a/$ref'],
    [
      'a name with a blank',
      { $ref: '#/$defs/a%20b', $defs: { 'a b': { $ref: '#/$defs/a b' } } },
      '/$defs/a b/$ref',
    ],
    ['what is no schema by its place', { $ref: '#/$defs', $defs: { not: self } }, '/$defs/not/$ref'],
    ['what nobody refers to', { $defs: { a: { $ref: '#/$defs/a' } } }, '/$defs/a/$ref'],
  ])('by way of %s', (_, schema, pointer) => {
    expect(findCircle(schema)).toEqual({
      pointer,
      message: expect.stringMatching(/^leads back .* without going deeper into the data/) as string,
    });
  });

  it('in a chain of five hundred', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 499 }, (_, n) => [`d${n}`, { $ref: `#/$defs/d${(n + 1) % 499}` }]),
    );
    expect(findCircle({ $ref: '#/$defs/d0', $defs })?.pointer).toBe('/$defs/d498/$ref');
  });
});

describe('a reference that goes deeper is none', () => {
  const self = { $ref: '#' };
  it.each<[string, unknown]>([
    ['a tree', { properties: { kids: { type: 'array', items: self } } }],
    ['a list', { $ref: '#/$defs/n', $defs: { n: { properties: { next: { $ref: '#/$defs/n' } } } } }],
    ['by way of an alternative', { anyOf: [{ type: 'null' }, { additionalProperties: self }] }],
    ['by way of items that are looked for', { contains: self, minContains: 0, prefixItems: [self] }],
    ['by way of what is left', { unevaluatedItems: self, unevaluatedProperties: self }],
    ['names, which have no members', { propertyNames: self }],
    [
      'two that refer to the same',
      { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }], $defs: { a: {} } },
    ],
    ['a condition that is missing', { then: self, else: self }],
    ['a note', { default: self, examples: [self], 'x-note': self }],
    ['a value', { const: self, enum: [self] }],
    ['a member of that name', { properties: { $ref: { $ref: '#/$defs/a' } }, $defs: { a: {} } }],
    ['true', true],
  ])('%s', (_, schema) => {
    expect(findCircle(schema)).toBeUndefined();
    const compiled = atOnce(compileSchema(schema));
    expect(compiled.ok && atOnce(compiled.check({ kids: [{}], next: {} }))).not.toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('too many steps') as string }),
    );
  });
});
