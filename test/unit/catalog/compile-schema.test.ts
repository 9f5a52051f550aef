import { compileSchema } from '../../../src/catalog/compile-schema';
import { FORMAT_NAMES } from '../../../src/catalog/formats';
import type { SchemaFault } from '../../../src/domain/schema/catalog';
import { atOnce } from '../../../src/domain/pieces';

function faultsOf(schema: unknown, data: unknown): SchemaFault[] {
  const compiled = atOnce(compileSchema(schema));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return atOnce(compiled.check(data)) ?? [];
}
const pointersOf = (schema: unknown, data: unknown) => faultsOf(schema, data).map(({ pointer }) => pointer);

function problemsOf(schema: unknown): string {
  const compiled = atOnce(compileSchema(schema));
  return compiled.ok
    ? ''
    : compiled.problems.map(({ pointer, message }) => `${pointer} ${message}`).join('\n');
}

describe('a schema', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['types', { type: 'object', properties: { a: { type: 'integer' } } }, { a: 1.5 }, ['/a']],
    ['required members, at their own place', { required: ['a', 'b/c'] }, {}, ['/a', '/b~1c']],
    [
      'members that are not named',
      { properties: { a: true }, additionalProperties: false },
      { a: 1, b: 2 },
      ['/b'],
    ],
    [
      'unevaluated members',
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { z: 1 },
      ['/z'],
    ],
    ['list items', { prefixItems: [{ type: 'string' }], items: { type: 'number' } }, [1, 'x'], ['/0', '/1']],
    ['alternatives', { oneOf: [{ type: 'string' }, { minimum: 5 }] }, 3, ['', '', '']],
    ['conditions', { if: { required: ['a'] }, then: { required: ['b'] } }, { a: 1 }, ['/b']],
    ['references', { $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, 1, ['']],
    ['anchors', { $ref: '#a', $defs: { x: { $anchor: 'a', type: 'string' } } }, 1, ['']],
    [
      'trees',
      { properties: { v: { type: 'number' }, kids: { items: { $ref: '#' } } } },
      { kids: [{ kids: [{ v: 'x' }] }] },
      ['/kids/0/kids/0/v'],
    ],
    [
      'members of every object’s prototype',
      { required: ['constructor', 'toString'] },
      {},
      ['/constructor', '/toString'],
    ],
    ['patterns', { patternProperties: { '^x-': { type: 'string' } } }, { 'x-a': 1, y: 2 }, ['/x-a']],
    [
      'equal items, whatever the order of their members',
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [''],
    ],
    ['formats', { properties: { m: { format: 'email' } } }, { m: 'nobody' }, ['/m']],
    ['dependent members', { dependentRequired: { a: ['b'] } }, { a: 1 }, ['/b']],
  ])('checks %s', (_, schema, data, pointers) => {
    expect(pointersOf(schema, data)).toEqual(pointers);
  });

  it('lets pass what fits', () => {
    expect(faultsOf({ type: 'object', required: ['a'] }, { a: null })).toEqual([]);
    expect(faultsOf(true, 5)).toEqual([]);
    expect(faultsOf({ uniqueItems: true }, [1, '1', { a: 1 }, { a: 2 }])).toEqual([]);
    expect(
      faultsOf({ 'x-note': 1, title: 't', $schema: 'https://json-schema.org/draft/2020-12/schema' }, 1),
    ).toEqual([]);
  });

  const MAYBE_TEXTS = { anyOf: [{ items: { type: 'string' } }, true], unevaluatedItems: { type: 'boolean' } };
  const LONE_IF = {
    if: { properties: { kind: { const: 'a' } }, required: ['kind'] },
    unevaluatedProperties: false,
  };
  const ELSE = { ...LONE_IF, else: { properties: { other: true } } };
  const FIRST_IS_A = { if: { prefixItems: [{ const: 'a' }] }, unevaluatedItems: false };
  it.each<[string, unknown, unknown, boolean]>([
    ['items that an alternative looks at', MAYBE_TEXTS, ['yes', 'no'], true],
    ['items that none looks at', MAYBE_TEXTS, [true, false], true],
    ['items of which an alternative does not hold', MAYBE_TEXTS, ['yes', false], false],
    ['a condition alone that holds', LONE_IF, { kind: 'a' }, true],
    ['a condition alone that does not', LONE_IF, { kind: 'b' }, false],
    ['a condition that holds, with nothing but else', ELSE, { kind: 'a' }, true],
    ['one that does not hold', ELSE, { other: 1 }, true],
    ['one that has looked and does not hold', ELSE, { kind: 'b', other: 1 }, false],
    ['a condition on items that holds', FIRST_IS_A, ['a'], true],
    ['a condition on items that does not', FIRST_IS_A, ['b'], false],
    ['items looked at before it', { ...FIRST_IS_A, allOf: [{ prefixItems: [true] }] }, ['b'], true],
  ])('knows what has been looked at: %s', (_, schema, data, fits) => {
    expect(faultsOf(schema, data).length === 0).toBe(fits);
  });

  it('names at most twenty faults, and no value of the data', () => {
    const faults = faultsOf(
      { items: { type: 'number' } },
      Array.from({ length: 100 }, () => 'secret'),
    );
    expect(faults).toHaveLength(20);
    expect(JSON.stringify(faults)).not.toContain('secret');
  });

  it.each<[string, unknown, RegExp]>([
    ['what is no schema', 'text', /^ must be an object/],
    [
      'a remote reference',
      { items: { $ref: 'https://a.example/s' } },
      /^\/items\/\$ref .*inside this document/,
    ],
    ['a reference to a file', { $ref: 'other.json#/a' }, /inside this document/],
    ['a reference to nowhere', { $ref: '#/$defs/gone' }, /gone/],
    ['another draft', { $schema: 'http://json-schema.org/draft-07/schema#' }, /2020-12/],
    ['an $id inside', { properties: { a: { $id: 'https://a.example/a' } } }, /\$id/],
    [
      'contains beside unevaluatedItems',
      { allOf: [{ contains: { type: 'string' } }], unevaluatedItems: false },
      /^ has contains and unevaluatedItems/,
    ],
    [
      'a member that cannot be checked',
      JSON.parse('{"properties": {"__proto__": {}}}') as unknown,
      /^\/properties .*__proto__/,
    ],
    ['a dynamic reference', { $dynamicRef: '#a' }, /\$dynamicRef/],
    ['a typing error', { propertys: {} }, /^\/propertys is no keyword/],
    ['a keyword of OpenAPI', { nullable: true }, /OpenAPI/],
    ['$data', { minimum: { $data: '1/a' } }, /^\/minimum must be number/],
    [
      'a pattern with look-ahead',
      { properties: { a: { pattern: '(?=a)' } } },
      /^\/properties\/a\/pattern .*look-ahead/,
    ],
    ['such a pattern of names', { patternProperties: { '(?=a)': true } }, /look-ahead/],
    ['a format that there is not', { format: 'regex' }, /^\/format must be one of these: /],
    ['a keyword of ours', { cost: 0 }, /no keyword/],
    ['constructor for a keyword', JSON.parse('{"constructor": 1}') as unknown, /no keyword/],
    [
      'more than 500 keywords',
      { allOf: Array.from({ length: 167 }, () => ({ minLength: 1, maxLength: 2, type: 'string' })) },
      /at most 500 keywords/,
    ],
    ['more than 500 schemas', { anyOf: Array.from({ length: 501 }, () => ({})) }, /at most 500/],
    [
      'more than 100 patterns',
      { anyOf: Array.from({ length: 101 }, () => ({ pattern: 'a' })) },
      /at most 100/,
    ],
    ['more than 32 levels', nested(40), /32 levels/],
  ])('is refused for %s', (_, schema, problem) => {
    expect(problemsOf(schema)).toMatch(problem);
  });
});

function nested(levels: number): unknown {
  return levels === 0 ? {} : { items: nested(levels - 1) };
}

describe('a check ends, whatever the schema and the data are', () => {
  const TOO_MANY = [{ pointer: '', message: 'takes too many steps to check against its schema' }];
  const doubling = (make: (next: object) => object) => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [
        `d${n}`,
        n === 49 ? { type: 'object' } : make({ $ref: `#/$defs/d${n + 1}` }),
      ]),
    ),
  });

  it('when references double at each step', () => {
    expect(
      faultsOf(
        doubling((next) => ({ allOf: [next, next] })),
        {},
      ),
    ).toEqual(TOO_MANY);
  });

  it('when they double at each level of the data', () => {
    let data: unknown = {};
    for (let level = 0; level < 40; level++) data = { a: data };
    const tree = { properties: { a: { allOf: [{ $ref: '#' }, { $ref: '#' }] } } };
    expect(faultsOf(tree, data)).toEqual(TOO_MANY);
  });

  it('when a reference goes round in a circle at one place', () => {
    const circle = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } };
    expect(faultsOf(circle, 1)).toEqual(TOO_MANY);
  });

  it('when a long list meets a long list of names', () => {
    const schema = { items: { required: Array.from({ length: 1000 }, (_, n) => `k${n}`) } };
    const faults = faultsOf(
      schema,
      Array.from({ length: 50_000 }, () => ({})),
    );
    // The first fault is known although not all of them could be found.
    expect(faults).toEqual([{ pointer: '/0/k0', message: 'is required' }]);
  });

  it('when a list is long and its items are all different', () => {
    const startMs = performance.now();
    expect(
      faultsOf(
        { uniqueItems: true },
        Array.from({ length: 60_000 }, (_, n) => [n]),
      ),
    ).toEqual([]);
    expect(performance.now() - startMs).toBeLessThan(3000);
  });

  it.each(FORMAT_NAMES)('when text is made to be hard for the format %s', (format) => {
    const compiled = atOnce(compileSchema({ items: { format } }));
    if (!compiled.ok) throw new Error('not compiled');
    const hard = [
      ...['a', '1', '.', ':', '/', '%', '-', '@', 'a.', 'a-', '1:', 'a@', '{', '{a,', '%4', '~0', '1Y'].map(
        (unit) => `${unit.repeat(Math.floor(2000 / unit.length))}!`,
      ),
      ...['a:', 'http://', 'a@a', '2026-01-01T00:00:00', 'P', 'http://a@', 'http://['].map(
        (head) => `${head}${'a.'.repeat(900)}\n`,
      ),
    ];
    const startMs = performance.now();
    for (const text of hard) atOnce(compiled.check([text]));
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  it('and text too long for any format does not fit it', () => {
    expect(pointersOf({ format: 'uri' }, `https://a.example/${'a'.repeat(2048)}`)).toEqual(['']);
  });
});
