import fc from 'fast-check';
import { parseFieldPath } from '../../../src/domain/data/field-path';
import { fieldTree, includeFields } from '../../../src/shape/include-fields';

const keep = (json: string, ...paths: string[]): string =>
  includeFields(Buffer.from(json), fieldTree(paths)).toString();

describe('the fields that are included', () => {
  it.each([
    ['a member', '{"a":1,"b":2}', ['a'], '{"a":1}'],
    ['a member below', '{"a":{"b":1,"c":2},"d":3}', ['a.b'], '{"a":{"b":1}}'],
    ['several', '{"a":{"b":1,"c":2},"d":3}', ['d', 'a.c'], '{"a":{"c":2},"d":3}'],
    [
      'of each element of an array',
      '{"l":[{"a":1,"b":2},{"a":3},{"b":4},5]}',
      ['l.a'],
      '{"l":[{"a":1},{"a":3}]}',
    ],
    ['of arrays in arrays', '[[{"a":1,"b":2}],[{"b":1}]]', ['a'], '[[{"a":1}]]'],
    ['a whole value beside a path below it', '{"a":{"b":1,"c":2}}', ['a.b', 'a'], '{"a":{"b":1,"c":2}}'],
    ['the same, the other way round', '{"a":{"b":1,"c":2}}', ['a', 'a.b'], '{"a":{"b":1,"c":2}}'],
    [
      'null, false and empty values',
      '{"a":null,"b":false,"c":{},"d":[]}',
      ['a', 'b', 'c', 'd'],
      '{"a":null,"b":false,"c":{},"d":[]}',
    ],
    ['nothing of what is not there', '{"a":{"b":1}}', ['x', 'a.x', 'a.b.c'], '{}'],
    ['nothing of an array', '[{"a":1},2]', ['x'], '[]'],
    ['nothing of a bare value', '42', ['a'], '{}'],
    ['nothing for no paths', '{"a":1}', [], '{}'],
    ['a name with a dot', '{"a.b":1,"a":{"b":2}}', ['a\\.b'], '{"a.b":1}'],
    ['a name with escapes in the JSON', '{"\\u0061\\"b":1,"c":2}', ['a"b'], '{"\\u0061\\"b":1}'],
    [
      'names of Object.prototype as any other',
      '{"a":1,"__proto__":{"x":1}}',
      ['toString', '__proto__.x'],
      '{"__proto__":{"x":1}}',
    ],
    [
      'every digit',
      '{"id": 12345678901234567890 , "n":1e400,"x":0}',
      ['id', 'n'],
      '{"id":12345678901234567890,"n":1e400}',
    ],
    ['brackets and quotes in texts', '{"a":"}],\\"{","b":[" [ "]}', ['b'], '{"b":[" [ "]}'],
    [
      'among white space',
      ' { "a" : [ 1 , 2 ] ,\n"b":\t{ "c" : 3 , "d" : 4 } } ',
      ['a', 'b.c'],
      '{"a":[ 1 , 2 ],"b":{"c":3}}',
    ],
  ])('keep %s', (_what, json, paths, expected) => {
    expect(keep(json, ...paths)).toBe(expected);
  });

  it('are refused as paths that say nothing', () => {
    for (const path of ['', '.', 'a.', '.a', 'a..b', 'a\\', 'x'.repeat(501), Array(33).fill('a').join('.')])
      expect(parseFieldPath(path)).toMatchObject({ ok: false });
    expect(parseFieldPath('a.b\\.c.d\\\\')).toEqual({ ok: true, names: ['a', 'b.c', 'd\\'] });
  });
});

describe('whatever the data and the paths', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'x.y', 'é"');
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(1, 'text', null, true, 12345678901),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const paths = fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 4 });
  const written = (names: string[]): string => names.map((part) => part.replaceAll('.', '\\.')).join('.');

  /** Every way to a leaf, array places left out, with the leaf: a leaf is a bare value or an empty one. */
  function leavesOf(of: unknown, way: string[] = []): string[] {
    const isEmpty = typeof of === 'object' && of !== null && Object.keys(of).length === 0;
    if (typeof of !== 'object' || of === null || isEmpty) return [JSON.stringify([way, of])];
    if (Array.isArray(of)) return of.flatMap((element) => leavesOf(element, way));
    return Object.entries(of).flatMap(([key, child]) => leavesOf(child, [...way, key]));
  }
  const isUnder = (way: string[], path: string[]): boolean => path.every((part, at) => way[at] === part);

  it('keeps every value under a path, in order, and invents none', () => {
    fc.assert(
      fc.property(value, paths, fc.constantFrom(undefined, 2), (data, wanted, indent) => {
        const json = JSON.stringify(data, undefined, indent);
        const kept = JSON.parse(keep(json, ...wanted.map(written))) as unknown;
        const expected = leavesOf(data).filter((leaf) =>
          wanted.some((path) => isUnder((JSON.parse(leaf) as [string[]])[0], path)),
        );
        // Of data that keeps nothing an empty value is left, which is no leaf of the data.
        expect(expected.length === 0 ? [] : leavesOf(kept)).toEqual(expected);
        if (expected.length === 0) expect(['{}', '[]']).toContain(JSON.stringify(kept));
      }),
      { numRuns: 2000 },
    );
  });
});
