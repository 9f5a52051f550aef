import { makeLinearPattern, type LinearPattern } from '../../../src/catalog/linear-pattern';
import { Exhausted, makeMeter } from '../../../src/catalog/meter';
import { compilePattern } from '../../../src/catalog/pattern-program';

const meter = makeMeter();
beforeEach(() => meter.refill(10_000_000));

const PATTERNS = [
  ...['', 'a', '^a+$', '(a+)+$', '^(a|b)*c?$', '^(|a)+$', '^a??b*?$', '^(a?){3}$', 'a{0}b', 'a{2,}', '^.$'],
  ...[
    '^[^\\]x]{2,3}$',
    '[\\d_-]',
    '\\bfoo\\b',
    'a\\Bb',
    '^\\p{L}+$',
    '^\\u{1F600}$',
    '^😀+$',
    '\\x41|\\u0042',
  ],
  ...['^\\ud83d\\ude00$', '(?<y>\\d{4})-(?<m>\\d\\d)', '^(?:ab|c)d{2}$', '^\\d+(\\.\\d{1,2})?$', '^$', '\\.'],
  ...['^[a-z]{2}(-[A-Z]{2})?$', '^(a*)*b$', '[\\s\\S]', '\\/', '^(?:a|ab)(?:c|bcd)$', '$a', 'a^', '\\t|\\n'],
];
const TEXTS = [
  ...[
    '',
    'a',
    'aa',
    'aaa',
    'aaaa',
    'ab',
    'b',
    'abc',
    'c',
    'foo',
    'a foo b',
    'afoo',
    'xyz',
    'yz',
    'äö',
    'cdd',
  ],
  ...[
    'abdd',
    '😀',
    '😀😀',
    '2020-10',
    'A',
    'B',
    '-',
    '.',
    '12.34',
    '12.345',
    '\n',
    ']',
    'de-DE',
    'de-de',
    '/',
  ],
  ...['abcd', 'aabb', ' ', '\t'],
];

function linear(source: string): LinearPattern {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.reason);
  return makeLinearPattern(source, compiled.program, meter);
}

describe('a pattern run by its states', () => {
  it.each(PATTERNS)('finds what JavaScript finds: %s', (pattern) => {
    const native = new RegExp(pattern, 'u');
    const ours = linear(pattern);
    expect(TEXTS.map((text) => [text, ours.test(text)])).toEqual(
      TEXTS.map((text) => [text, native.test(text)]),
    );
  });

  it('takes no longer for patterns that JavaScript’s own engine never ends on', () => {
    const text = `${'a'.repeat(2000)}!`;
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(.*a){20}$', 'a*a*a*a*a*a*b']) {
      meter.refill(5_000_000);
      expect(linear(pattern).test(text)).toBe(false);
    }
  });

  it('charges what it does, and stops when there is nothing left', () => {
    meter.refill(100);
    expect(() => linear('^a*$').test('a'.repeat(1000))).toThrow(Exhausted);
  });
});

describe('a pattern is refused', () => {
  it.each([
    ['look-ahead', '(?=a)', /look-ahead/],
    ['negative look-ahead', '^(?!a)', /look-ahead/],
    ['look-behind', '(?<!a)b', /look-behind/],
    ['a back-reference', '(a)\\1', /back-references/],
    ['a named one', '(?<n>a)\\k<n>', /back-references/],
    ['a syntax error', '(', /no regular expression/],
    ['an escape that the u flag does not have', '\\_', /no regular expression/],
    ['a count that is too large', 'a{5000}', /2000 steps/],
    ['counts of counts', '((a{50}){50}){50}', /2000 steps/],
    ['more than 500 characters', 'a'.repeat(501), /500 characters/],
  ])('with %s', (_, pattern, reason) => {
    const compiled = compilePattern(pattern);
    expect(compiled.ok ? '' : compiled.reason).toMatch(reason);
  });
});
