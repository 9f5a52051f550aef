import fc from 'fast-check';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

/** Operations that a schema allows, with values that are nearly right: what is plainly wrong never gets to our code. */
export interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

const JSON_VALUES = fc.oneof(
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
  fc.constantFrom<unknown>(
    ...[{ data: { a: [{ numeric: ['>', 1] }] } }, { type: ['a'] }, JSON.parse('{"__proto__":{"a":1}}')],
    ...[{ type: 'object', properties: { a: { $ref: '#' } } }, { type: 'bearer', token: 'x' }, { a: 1e308 }],
  ),
);
const TIMES = [
  '2026-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  '1969-12-31T23:59:59+14:00',
];
const TEXTS = [
  ...[
    '',
    ' ',
    'a',
    'order.placed',
    '#',
    '*.b',
    'data.a',
    'https://a.example/in',
    'http://[::1]/',
    'amqp://a.example/%2F/x',
  ],
  ...[
    'acme',
    'tenants:admin',
    'events:read',
    'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '10.0.0.0/8',
    "' or 1=1 --",
  ],
  ...[
    '%',
    '_',
    '\\',
    '\u0000',
    '\ud83d\ude00',
    'İ',
    '{{}}',
    '$$',
    '$map(data, function($v){$v})',
    'x'.repeat(3000),
  ],
];

/** @param ids of everything that there is in the tenant, and of some that there is not */
export function operationsOf(schema: GraphQLSchema, ids: readonly string[]): fc.Arbitrary<Operation> {
  const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 40 }));
  const id = fc.oneof({ arbitrary: fc.constantFrom(...ids), weight: 4 }, { arbitrary: text, weight: 1 });
  const scalars: Record<string, fc.Arbitrary<unknown>> = {
    ID: id,
    String: fc.oneof({ arbitrary: text, weight: 4 }, { arbitrary: id, weight: 1 }),
    Int: fc.oneof(fc.constantFrom(0, 1, -1, 60, 500, 2 ** 31 - 1, -(2 ** 31)), fc.integer()),
    Float: fc.oneof(
      fc.constantFrom(0, -0.01, 0.01, 1e300),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    Boolean: fc.boolean(),
    DateTime: fc.oneof(
      fc.constantFrom(...TIMES),
      fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
    ),
    JSON: JSON_VALUES,
    Cursor: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }).map((plain) => Buffer.from(plain).toString('base64url')),
      text,
    ),
  };

  function valueOf(type: GraphQLInputType, depth: number): fc.Arbitrary<unknown> {
    if (isNonNullType(type)) return valueOf(type.ofType, depth);
    if (isListType(type)) return fc.array(valueOf(type.ofType, depth), { maxLength: 3 });
    if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
    if (isScalarType(type)) return scalars[type.name] ?? text;
    if (!isInputObjectType(type) || depth > 4) return fc.constant(null);
    const fields = Object.values(type.getFields());
    return fc.record(Object.fromEntries(fields.map((field) => [field.name, orNull(field.type, depth + 1)])), {
      requiredKeys: fields.filter(isRequiredInputField).map(({ name }) => name),
    });
  }
  const orNull = (type: GraphQLInputType, depth: number): fc.Arbitrary<unknown> =>
    isNonNullType(type)
      ? valueOf(type, depth)
      : fc.oneof({ arbitrary: valueOf(type, depth), weight: 9 }, fc.constant(null));

  function operationOf(kind: string, field: GraphQLField<unknown, unknown>): fc.Arbitrary<Operation> {
    const types = new Map(field.args.map((argument) => [argument.name, argument.type]));
    return fc
      .record(Object.fromEntries(field.args.map(({ name, type }) => [name, orNull(type, 0)])), {
        requiredKeys: field.args.filter(isRequiredArgument).map(({ name }) => name),
      })
      .map((variables) => {
        const given = Object.keys(variables);
        const declared = given.map((name) => `$${name}: ${String(types.get(name))}`).join(', ');
        const passed = given.map((name) => `${name}: $${name}`).join(', ');
        const call = `${field.name}${passed === '' ? '' : `(${passed})`}${selectionOf(field.type, 0)}`;
        return { query: `${kind}${declared === '' ? '' : `(${declared})`} { ${call} }`, variables };
      });
  }

  const roots = [
    ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => operationOf('query', field)),
    ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) =>
      operationOf('mutation', field),
    ),
  ];
  return fc.oneof(...roots);
}

/** What a type shows without being asked for more, and one level further. */
function selectionOf(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (!isObjectType(named) && !isInterfaceType(named))
    return isScalarType(named) || isEnumType(named) ? '' : ' { __typename }';
  const shown = Object.values(named.getFields())
    .filter(({ args }) => !args.some(isRequiredArgument))
    .flatMap((field) => {
      const inner = getNamedType(field.type);
      if (isScalarType(inner) || isEnumType(inner)) return [field.name];
      return depth < 2 ? [`${field.name}${selectionOf(field.type, depth + 1)}`] : [];
    });
  return ` { ${['__typename', ...shown].join(' ')} }`;
}
