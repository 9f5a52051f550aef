import { compilePattern, type EventPattern } from '../../../../src/domain/event-pattern/compile-pattern';
import { PATTERN_LIMITS } from '../../../../src/domain/event-pattern/parse-pattern';
import { atOnce } from '../../../../src/domain/pieces';

function compiled(json: unknown): EventPattern {
  const result = compilePattern(json);
  if (!result.ok) throw new Error(`${result.path.join('.')} ${result.reason}`);
  return result.pattern;
}

const matches = (pattern: unknown, event: object): boolean => atOnce(compiled(pattern).matches(event));

/** Conditions on one field `x`: values that hold, values that do not. */
const ON_ONE_FIELD: [conditions: unknown[], holding: unknown[], failing: unknown[]][] = [
  [['a'], ['a', ['b', 'a']], ['A', 'ab', '', null, 1, [], ['b'], { a: 'a' }]],
  [[''], [''], ['a', null, [], 0, false]],
  [
    [1.5, -0],
    [1.5, 0],
    ['1.5', 15, true],
  ],
  [[null], [null, [null]], ['null', '', 0, false, []]],
  [[true], [true], [false, 'true', 1]],
  [[{ prefix: 'ab' }], ['ab', 'abc'], ['Ab', 'cab', 1, null]],
  [[{ prefix: '' }], ['', 'a'], [1, null]],
  [[{ suffix: 'bc' }], ['bc', 'abc'], ['bcd', 'BC']],
  [[{ prefix: { 'equals-ignore-case': 'AB' } }], ['abc', 'aB'], ['xab']],
  [[{ suffix: { 'equals-ignore-case': '.PNG' } }], ['a.png', '.pNg'], ['png', 'a.png ']],
  [[{ 'equals-ignore-case': 'Straße' }], ['straße', 'STRAßE'], ['strasse']],
  [[{ 'anything-but': 'a' }], ['b', 1, null, true, ['a', 'b']], ['a', ['a'], [], {}]],
  [[{ 'anything-but': ['a', 'b'] }], ['c', 1], ['a', 'b']],
  [[{ 'anything-but': 1 }], [2, '1'], [1]],
  [[{ 'anything-but': [1, 2] }], [3, 'a'], [1, 2]],
  [[{ 'anything-but': { prefix: 'a' } }], ['b', 1], ['a', 'ab']],
  [[{ 'anything-but': { prefix: ['a', 'b'] } }], ['c'], ['ax', 'bx']],
  [[{ 'anything-but': { suffix: 'a' } }], ['ab'], ['ba']],
  [[{ 'anything-but': { suffix: ['a', 'b'] } }], ['ac'], ['ca', 'cb']],
  [[{ 'anything-but': { 'equals-ignore-case': 'A' } }], ['b'], ['a', 'A']],
  [[{ 'anything-but': { 'equals-ignore-case': ['A', 'b'] } }], ['c'], ['a', 'B']],
  [[{ 'anything-but': { wildcard: '*a*' } }], ['b'], ['bab']],
  [[{ 'anything-but': { wildcard: ['*a', 'b*'] } }], ['ab'], ['ba', 'bb', 'ca']],
  [[{ numeric: ['=', 3.018e2] }], [301.8], [301.81, '301.8']],
  [[{ numeric: ['<', 1] }], [0.99, -5], [1, 2]],
  [[{ numeric: ['<=', 1] }], [1], [1.01]],
  [[{ numeric: ['>', 1] }], [1.01, 1e300], [1]],
  [[{ numeric: ['>=', 1] }], [1], [0.99]],
  [[{ numeric: ['>', 0, '<=', 5] }], [0.1, 5], [0, 5.1, null]],
  [[{ numeric: ['>=', 0, '<', 5] }], [0, 4.9], [-0.1, 5]],
  [[{ exists: true }], ['', null, 0, [1], [{ y: 1 }, 2]], [{}, [], { y: 1 }, [{ y: 1 }], [[]]]],
  [[{ exists: false }], [{}, [], { y: 1 }], ['', null, 0, [1]]],
  [[{ wildcard: 'a*c' }], ['ac', 'abbc', 'acc'], ['a', 'abcd', 'bac', 1]],
  [[{ wildcard: '*' }], ['', 'a'], [1, null]],
  [[{ wildcard: '*aab*' }], ['aaab', 'xaaby'], ['aba', 'aa']],
  [[{ wildcard: 'a*a' }], ['aa', 'aba'], ['a']],
  [[{ wildcard: 'a*b*ab' }], ['abab', 'axbxab'], ['aab', 'abb']],
  [[{ wildcard: '\\*\\\\*' }], ['*\\', '*\\x'], ['x\\', '*x']],
  [[{ cidr: '10.0.0.0/8' }], ['10.255.0.1'], ['11.0.0.1', '10.0.0.256', '010.0.0.1', '10.1', '::a00:1', 10]],
  [[{ cidr: '10.1.2.200/25' }], ['10.1.2.128'], ['10.1.2.127']],
  [[{ cidr: '0.0.0.0/0' }], ['255.1.1.1'], ['::1']],
  [[{ cidr: '10.0.0.1/32' }], ['10.0.0.1'], ['10.0.0.2']],
  [
    [{ cidr: '2001:db8::/33' }],
    ['2001:db8:7fff::1', '2001:DB8:0:0::1'],
    ['2001:db8:8000::', 'fe80::1%eth0', '1.2.3.4'],
  ],
  [
    ['a', { prefix: 'b' }, { exists: false }],
    ['a', 'bc', []],
    ['c', null],
  ],
];

describe('a field', () => {
  it.each(ON_ONE_FIELD)('with %j holds for %j and not for %j', (conditions, holding, failing) => {
    const pattern = compiled({ x: conditions });
    expect(holding.filter((x) => !atOnce(pattern.matches({ x })))).toEqual([]);
    expect(failing.filter((x) => atOnce(pattern.matches({ x })))).toEqual([]);
  });

  it('that is missing holds only when it may be missing', () => {
    const holding = ON_ONE_FIELD.filter(([conditions]) => matches({ x: conditions }, { y: 1 }));
    expect(holding.map(([conditions]) => conditions)).toEqual([
      [{ exists: false }],
      ['a', { prefix: 'b' }, { exists: false }],
    ]);
  });
});

describe('several fields', () => {
  it('must all hold', () => {
    const pattern = { type: ['a'], data: { x: [1], y: { z: [2] } } };
    expect(matches(pattern, { type: 'a', data: { x: 1, y: { z: 2 } } })).toBe(true);
    expect(matches(pattern, { type: 'a', data: { x: 1, y: { z: 3 } } })).toBe(false);
    expect(matches(pattern, { type: 'a', data: { x: 1, y: 2 } })).toBe(false);
  });

  it('below a list hold in one element of it', () => {
    const pattern = { items: { sku: ['tea'], price: [{ numeric: ['>', 5] }] } };
    const [tea, coffee] = [
      { sku: 'tea', price: 3 },
      { sku: 'coffee', price: 8 },
    ];
    expect(matches(pattern, { items: [tea, coffee] })).toBe(false);
    expect(matches(pattern, { items: [coffee, { ...tea, price: 6 }] })).toBe(true);
  });

  it('below two lists hold in elements of their own', () => {
    const event = { a: [{ x: 1 }, { x: 2 }], b: [{ x: 3 }, { x: 4 }] };
    expect(matches({ a: { x: [2] }, b: { x: [3] } }, event)).toBe(true);
  });

  it('may be missing from the element that the others hold in, whatever the other elements have', () => {
    const pattern = { items: { sku: ['tea'], note: [{ exists: false }] } };
    expect(matches(pattern, { items: [{ sku: 'tea' }, { sku: 'milk', note: 'cold' }] })).toBe(true);
    expect(matches(pattern, { items: [{ sku: 'tea', note: 'hot' }, { sku: 'milk' }] })).toBe(false);
    expect(
      matches({ items: { note: [{ exists: false }] } }, { items: [{ sku: 'tea' }, { note: 'cold' }] }),
    ).toBe(false);
  });

  it('one of which is in the list itself go with every element', () => {
    expect(matches({ a: ['tag'], 'a.x': [2] }, { a: ['tag', { x: 1 }, { x: 2 }] })).toBe(true);
  });

  it('are tied to an element also by one that has a value beside it in the list', () => {
    const there = { exists: true };
    const missing = [{ exists: false }];
    const either = (a: unknown) => ({ a: { a: missing }, $or: [{ a: [a] }, { b: ['none'] }] });
    expect(matches(either(there), { a: [1, [2], { a: 5 }] })).toBe(true);
    expect(matches(either(there), { a: [[[null], { a: -1 }], -1] })).toBe(true);
    expect(matches(either(1), { a: [1, [2], { a: 5 }] })).toBe(false);
    expect(matches(either(there), { a: [1, { a: 5 }] })).toBe(false);
    expect(matches(either(there), { a: [1, [2, { a: 5 }]] })).toBe(false);
    const nested = { b: [1], $or: [{ b: { a: missing } }, { c: [there] }] };
    expect(matches(nested, { b: [[[[{ a: 1 }], [[1]]], 1]] })).toBe(true);
    expect(matches(nested, { b: [[[[{ a: 1 }, 1]], 1]] })).toBe(false);
  });

  it('of $or: one way must hold, with all that stands beside it', () => {
    const pattern = { t: ['a'], $or: [{ x: [1] }, { y: [2], $or: [{ z: [3] }, { z: [4] }] }] };
    expect(matches(pattern, { t: 'a', x: 1 })).toBe(true);
    expect(matches(pattern, { t: 'a', y: 2, z: 4 })).toBe(true);
    expect(matches(pattern, { t: 'a', y: 2, z: 5 })).toBe(false);
    expect(matches(pattern, { t: 'b', x: 1 })).toBe(false);
  });
});

describe('names', () => {
  it('may have dots, which count like the steps between objects', () => {
    expect(matches({ a: { 'b.c': [1] } }, { a: { b: { c: 1 } } })).toBe(true);
    expect(matches({ a: { b: { c: [1] } } }, { 'a.b': { c: 1 } })).toBe(true);
    expect(matches({ a: { b: { c: [1], d: [2] } } }, { a: { 'b.c': 1, b: { c: 9, d: 2 } } })).toBe(true);
    expect(matches({ a: { b: [{ exists: false }] } }, { 'a.b': 1 })).toBe(false);
  });

  it('of the language mean nothing special', () => {
    const own = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "x"}') as object;
    const pattern = JSON.parse('{"__proto__": {"polluted": [1]}, "constructor": ["x"]}') as object;
    expect(matches(pattern, own)).toBe(true);
    expect(matches(pattern, {})).toBe(false);
    expect(
      matches({ toString: [{ exists: false }], hasOwnProperty: { name: [{ exists: false }] } }, {}),
    ).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(compilePattern(JSON.parse('{"x": [{"__proto__": 1}]}'))).toMatchObject({
      ok: false,
      path: ['x', '0', '__proto__'],
    });
    expect(compilePattern({ x: [{ constructor: 1 }] })).toMatchObject({
      ok: false,
      path: ['x', '0', 'constructor'],
    });
  });
});

describe('a pattern that is refused', () => {
  it.each<[unknown, string, string]>([
    [null, '', 'must be an object of fields'],
    [[], '', 'must be an object of fields'],
    [{}, '', 'may not be empty: name at least one field'],
    [{ data: {} }, 'data', 'may not be empty: name at least one field'],
    [{ data: { x: 'a' } }, 'data.x', 'must be a list of values, such as ["a", "b"], or an object of fields'],
    [{ x: [] }, 'x', 'may not be empty: no value could match'],
    [
      { x: ['a', ['b']] },
      'x.1',
      'must be a text, a number, true, false, null or an operator such as {"prefix": "a"}',
    ],
    [{ x: [Infinity] }, 'x.0', 'is a number too large to compare'],
    [
      { x: [{ prefix: 'a', suffix: 'b' }] },
      'x.0',
      'must have exactly one operator; write each as an object of its own',
    ],
    [
      { x: [{ Prefix: 'a' }] },
      'x.0.Prefix',
      expect.stringContaining('is no operator; there are prefix, suffix') as string,
    ],
    [{ x: [{ prefix: 1 }] }, 'x.0.prefix', 'must be a text or {"equals-ignore-case": text}'],
    [{ x: [{ suffix: { 'equals-ignore-case': 1 } }] }, 'x.0.suffix.equals-ignore-case', 'must be a text'],
    [{ x: [{ exists: 'true' }] }, 'x.0.exists', 'must be true or false'],
    [
      { x: [{ numeric: ['>', 1, '>', 2] }] },
      'x.0.numeric',
      expect.stringContaining('a lower and an upper bound') as string,
    ],
    [
      { x: [{ numeric: ['<', 1, '>', 0] }] },
      'x.0.numeric',
      expect.stringContaining('a lower and an upper bound') as string,
    ],
    [
      { x: [{ numeric: ['=', 1, '<', 2] }] },
      'x.0.numeric',
      expect.stringContaining('a lower and an upper bound') as string,
    ],
    [
      { x: [{ numeric: ['!=', 1] }] },
      'x.0.numeric',
      expect.stringContaining('operators are =, <, <=, >, >=') as string,
    ],
    [
      { x: [{ numeric: ['>', '1'] }] },
      'x.0.numeric',
      expect.stringContaining('must be [operator, number]') as string,
    ],
    [
      { x: [{ numeric: ['>', 2, '<', 2] }] },
      'x.0.numeric',
      'has a lower bound that is not below the upper one',
    ],
    [{ x: [{ wildcard: 'a**b' }] }, 'x.0.wildcard', 'may not have two * side by side'],
    [{ x: [{ wildcard: 'a\\b' }] }, 'x.0.wildcard', 'may have a \\ only before * or another \\'],
    [{ x: [{ wildcard: 'a\\' }] }, 'x.0.wildcard', 'may have a \\ only before * or another \\'],
    [{ x: [{ wildcard: '*1*2*3*4*5*' }] }, 'x.0.wildcard', 'may have at most 5 *'],
    [
      { x: [{ cidr: '10.0.0.0' }] },
      'x.0.cidr',
      'must be an address and a number of bits, such as 10.0.0.0/8',
    ],
    [{ x: [{ cidr: '10.0.0/8' }] }, 'x.0.cidr', 'begins with "10.0.0", which is no IP address'],
    [{ x: [{ cidr: '10.0.0.0/33' }] }, 'x.0.cidr', 'may have at most 32 bits'],
    [
      { x: [{ 'anything-but': null }] },
      'x.0.anything-but',
      'must be a text or a number, or a list of texts or of numbers',
    ],
    [
      { x: [{ 'anything-but': ['a', 1] }] },
      'x.0.anything-but',
      'must be a text or a number, or a list of texts or of numbers',
    ],
    [
      { x: [{ 'anything-but': [] }] },
      'x.0.anything-but',
      'must be a text or a number, or a list of texts or of numbers',
    ],
    [
      { x: [{ 'anything-but': { cidr: '10.0.0.0/8' } }] },
      'x.0.anything-but.cidr',
      'may hold prefix, suffix, equals-ignore-case or wildcard',
    ],
    [
      { x: [{ 'anything-but': { prefix: '' } }] },
      'x.0.anything-but.prefix',
      'may not be empty: every text has it',
    ],
    [
      { x: [{ 'anything-but': { wildcard: ['a', '**'] } }] },
      'x.0.anything-but.wildcard',
      'may not have two * side by side',
    ],
    [{ $or: [{ x: [1] }] }, '$or', 'must be a list of two or more objects, of which one must match'],
    [{ $or: [{ x: [1] }, 'x'] }, '$or.1', 'must be an object of fields'],
  ])('%j says where and why', (json, path, reason) => {
    const result = compilePattern(json);
    expect(result).toMatchObject({ ok: false, reason });
    if (!result.ok) expect(result.path.join('.')).toBe(path);
  });

  const nested = (depth: number): unknown => (depth === 0 ? ['a'] : { k: nested(depth - 1) });
  const ways = (count: number) => Array.from({ length: count }, (_, n) => ({ x: [n] }));

  it.each<[string, unknown, string]>([
    ['deep', nested(PATTERN_LIMITS.depth + 2), 'keys deep'],
    ['5,000 deep', nested(5000), 'keys deep'],
    ['deep by its dots', { [`a${'.a'.repeat(1600)}`]: ['a'] }, 'keys deep'],
    ['deep by dots and keys', { 'a.b.c.d.e.f.g.h.i.j': { 'k.l.m.n.o.p.q.r.s.t.u.v': ['a'] } }, 'keys deep'],
    ['long', { x: ['a'.repeat(PATTERN_LIMITS.size)] }, 'longer than'],
    ['long in its names', { ['k'.repeat(PATTERN_LIMITS.size)]: ['a'] }, 'longer than'],
    ['rich in conditions', { x: Array.from({ length: 501 }, (_, n) => n) }, 'at most 500'],
    [
      'rich in what it excludes',
      { x: [{ 'anything-but': Array.from({ length: 501 }, (_, n) => n) }] },
      'at most 500',
    ],
    [
      'rich in conditions over all ways',
      {
        x: Array.from({ length: 21 }, (_, n) => ({ prefix: `${n}` })),
        $or: Array.from({ length: 100 }, (_, n) => ({ y: [n] })),
      },
      'makes 2100 conditions other than values',
    ],
    ['rich in ways', { $or: ways(101) }, 'at most 100'],
    ['rich in ways that multiply', { $or: ways(11), a: { $or: ways(10) } }, 'makes 110 ways'],
    [
      'rich in fields over all ways',
      { ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`f${n}`, [1]])), $or: ways(10) },
      'at most 500',
    ],
  ])('too %s', (_, json, reason) => {
    expect(compilePattern(json)).toMatchObject({
      ok: false,
      reason: expect.stringContaining(reason) as string,
    });
  });
});

describe('what is meant to take for ever', () => {
  const spent = (work: () => void): number => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  };

  it('does not, in a wildcard', () => {
    const pattern = compiled({ x: [{ wildcard: `*${'a'.repeat(2000)}b*${'a'.repeat(2000)}b*` }] });
    expect(spent(() => expect(atOnce(pattern.matches({ x: 'a'.repeat(250_000) }))).toBe(false))).toBeLessThan(
      500,
    );
  });

  it('does not, in lists of lists with many fields', () => {
    const fields = Object.fromEntries('abcdefghij'.split('').map((name) => [name, ['yes']]));
    const rows = Array.from({ length: 10_000 }, (_, n) => ({
      ...Object.fromEntries('abcdefghi'.split('').map((name) => [name, 'yes'])),
      n,
    }));
    const pattern = compiled({ rows: fields });
    expect(spent(() => expect(atOnce(pattern.matches({ rows: [rows, [rows]] }))).toBe(false))).toBeLessThan(
      2000,
    );
  });

  it('does not, in an event that is written with dots and without', () => {
    const steps = 'abcdefghijklmno'.split('');
    const leaves = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`f${n}`, ['yes']]));
    const pattern = compiled(steps.reduceRight<object>((below, step) => ({ [step]: below }), leaves));
    const event = steps.reduceRight<object>(
      (below, step, at) => ({ [step]: below, [`${step}.${steps[at + 1] ?? 'f0'}`]: [{ x: 1 }] }),
      { f0: 'yes' },
    );
    expect(spent(() => expect(atOnce(pattern.matches(event))).toBe(false))).toBeLessThan(500);
  });

  it('does not, in lists within lists without end', () => {
    let deep: unknown = 'a';
    for (let n = 0; n < 100_000; n++) deep = [deep];
    expect(atOnce(compiled({ x: ['a'] }).matches({ x: deep }))).toBe(false);
    expect(atOnce(compiled({ x: ['a'] }).explain({ x: deep }))).toBe('x must be "a", was missing');
  });
});

describe('the reason why not', () => {
  it.each<[unknown, object, string | undefined]>([
    [
      { data: { total: [{ numeric: ['>', 100] }] } },
      { data: { total: 40 } },
      'data.total must be > 100, was 40',
    ],
    [{ data: { country: ['DE'] } }, { data: { country: 'FR' } }, 'data.country must be "DE", was "FR"'],
    [{ data: { x: [{ exists: true }] } }, { data: {} }, 'data.x must exist'],
    [{ data: { x: [{ exists: false }] } }, { data: { x: 1 } }, 'data.x must not exist, was 1'],
    [{ x: ['a', 'b', 3, null] }, { x: true }, 'x must be "a" or "b" or 3 or null, was true'],
    [
      { x: [{ prefix: 'a' }, { suffix: { 'equals-ignore-case': 'B' } }] },
      { x: 'c' },
      'x must begin with "a" or end with "b" in any case of letters, was "c"',
    ],
    [
      { x: [{ 'anything-but': ['a', 'b'] }] },
      { x: ['b', 'a', 'b', 'a'] },
      'x must not be "a" or "b", was "b", "a", "b"',
    ],
    [{ x: [{ 'anything-but': { prefix: 'a' } }] }, {}, 'x must not begin with "a", was missing'],
    [{ x: [{ numeric: ['>=', 1, '<', 5] }] }, { x: 5 }, 'x must be >= 1 and < 5, was 5'],
    [{ x: [{ numeric: ['=', 5] }] }, { x: '5' }, 'x must be = 5, was "5"'],
    [
      { x: [{ cidr: '10.0.0.0/8' }] },
      { x: '11.0.0.1' },
      'x must be an address in 10.0.0.0/8, was "11.0.0.1"',
    ],
    [{ x: [{ wildcard: 'a*' }] }, { x: 'b' }, 'x must be like "a*", was "b"'],
    [{ x: [1, 2, 3, 4, 5, 6, 7] }, { x: 0 }, 'x must be 1 or 2 or 3 or 4 or 5 or one of 2 more, was 0'],
    [{ a: [1], b: [1], c: [1] }, { a: 1, b: 2, c: 2 }, 'b must be 1, was 2'],
    [
      { l: { a: [1], b: [1] } },
      {
        l: [
          { a: 1, b: 2 },
          { a: 2, b: 1 },
        ],
      },
      'l.b must be 1 in the same list element as l.a',
    ],
    [{ t: ['x'], $or: [{ a: [1] }, { b: [1] }] }, { t: 'y' }, 't must be "x", was "y"'],
    [{ $or: [{ a: [1] }, { b: [1] }] }, { a: 2 }, 'a must be 1, was 2; or b must be 1, was missing'],
    [{ x: ['a'] }, { x: 'b'.repeat(100) }, `x must be "a", was "${'b'.repeat(59)}…`],
    [{ x: ['a'] }, { x: 'a' }, undefined],
  ])('%j for %j is %j', (pattern, event, reason) => {
    expect(atOnce(compiled(pattern).explain(event))).toBe(reason);
  });
});
