import { embedSchema } from '../../../../src/api/contracts/embed-schema';

const PLACE = '/components/schemas/order.placed.v1';

it.each([
  ['the whole', '#', `#${PLACE}`],
  ['a definition', '#/$defs/money', `#${PLACE}/$defs/money`],
  ['an escaped name', '#/properties/a~1b%20c', `#${PLACE}/properties/a~1b%20c`],
  ['an anchor', '#line', `#${PLACE}/$defs/line%20of~1it`],
])('a reference to %s begins at the document', (_, $ref, expected) => {
  const schema = {
    properties: { one: { allOf: [{ $ref }] } },
    $defs: { money: {}, 'line of/it': { $anchor: 'line' } },
  };
  expect(embedSchema(schema, PLACE)).toEqual({
    properties: { one: { allOf: [{ $ref: expected }] } },
    $defs: { money: {}, 'line of/it': {} },
  });
});

it('what makes a schema a document of its own goes', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://a.example',
    type: 'null',
  };
  expect(embedSchema(schema, PLACE)).toEqual({ type: 'null' });
});

it('values that look like references, and members of the data named as keywords, stay', () => {
  const schema = {
    enum: [{ $ref: '#/x' }],
    const: { $id: 'y' },
    default: { $ref: '#' },
    examples: [{ $anchor: 'z' }],
    properties: { $id: { type: 'string' }, $ref: { type: 'integer' } },
    'x-note': { $ref: '#' },
  };
  expect(embedSchema(schema, PLACE)).toEqual(schema);
});

it.each([
  [undefined, {}],
  [true, {}],
  [false, { not: {} }],
])('%s is a schema too, as an object', (schema, expected) => {
  expect(embedSchema(schema, PLACE)).toEqual(expected);
});
