import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePattern } from '../../src/domain/event-pattern/compile-pattern';
import { PatternIndex } from '../../src/domain/event-pattern/pattern-index';
import { parseWildcard, matchesWildcard } from '../../src/domain/event-pattern/wildcard';
import { anyEvent, anyPattern } from '../unit/domain/event-pattern/made-up-patterns';
import { naivelyMatches } from '../unit/domain/event-pattern/naive-pattern';
import { withoutServers } from './target';
import { atOnce } from '../../src/domain/pieces';

const OPERATORS = [
  ...[
    '$or',
    'exists',
    'prefix',
    'suffix',
    'equals-ignore-case',
    'wildcard',
    'numeric',
    'anything-but',
    'cidr',
  ],
  ...['__proto__', 'constructor', 'toString', '', '.', 'a.b', 'data'],
];
const ODD = fc.oneof(
  fc.constantFrom('10.0.0.0/8', '::/0', '*', '**', '\\', '\\*', '>', '<=', 1e308, -0, null, true, 'ſ', 'K'),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double(),
);
/** Made of the words that patterns are made of, in no order. */
const { oddPattern } = fc.letrec<{ oddPattern: unknown }>((tie) => ({
  oddPattern: fc.oneof(
    { maxDepth: 5 },
    ODD,
    fc.array(tie('oddPattern'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...OPERATORS), fc.string({ maxLength: 5 })), tie('oddPattern'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
}));
const anyObject = fc.dictionary(fc.constantFrom(...OPERATORS, 'a', 'b'), oddPattern, {
  noNullPrototype: true,
});

/** A text against a wildcard, by trying every way. */
function naively(wildcard: string, text: string): boolean {
  if (wildcard === '') return text === '';
  if (wildcard.startsWith('*'))
    return Array.from({ length: text.length + 1 }, (_, at) => at).some((at) =>
      naively(wildcard.slice(1), text.slice(at)),
    );
  const literal = wildcard.startsWith('\\') ? wildcard.slice(1) : wildcard;
  return text.startsWith(literal.charAt(0)) && naively(literal.slice(1), text.slice(1));
}

export const eventPatterns = withoutServers({
  'any JSON is compiled or refused in words, and what is compiled answers': fc.property(
    fc.oneof(oddPattern, anyObject),
    anyObject,
    (json, event) => {
      const compiled = compilePattern(json);
      if (!compiled.ok) return assert.ok(compiled.reason.length > 0);
      const reason = atOnce(compiled.pattern.explain(event));
      assert.equal(atOnce(compiled.pattern.matches(event)), reason === undefined);
      const index = new PatternIndex<number>();
      index.add(compiled.pattern, 1);
      assert.equal(atOnce(index.matching(event)).has(1), reason === undefined);
    },
  ),
  'a pattern matches as the description says': fc.property(anyPattern, anyEvent, (json, event) => {
    const compiled = compilePattern(json);
    assert.ok(compiled.ok);
    assert.equal(atOnce(compiled.pattern.matches(event)), naivelyMatches(json, event));
  }),
  'a wildcard matches as trying every way does': fc.property(
    fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\'), maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\'), maxLength: 12 }),
    (source, text) => {
      const wildcard = parseWildcard(source);
      if (typeof wildcard !== 'string') assert.equal(matchesWildcard(wildcard, text), naively(source, text));
    },
  ),
});
