import fc from 'fast-check';
import { compilePattern, type EventPattern } from '../../../../src/domain/event-pattern/compile-pattern';
import { PatternIndex } from '../../../../src/domain/event-pattern/pattern-index';
import { anyEvent, anyPattern, dottedEvent, listedEvent, wayfulPattern } from './made-up-patterns';
import { naivelyMatches } from './naive-pattern';
import { atOnce } from '../../../../src/domain/pieces';

function compiled(json: unknown): EventPattern {
  const result = compilePattern(json);
  if (!result.ok) throw new Error(`${result.path.join('.')} ${result.reason}`);
  return result.pattern;
}

describe('any pattern and any event', () => {
  it('match as the description says, with lists in lists', () => {
    let matched = 0;
    fc.assert(
      fc.property(anyPattern, anyEvent, (pattern, event) => {
        const expected = naivelyMatches(pattern, event);
        if (expected) matched++;
        expect(atOnce(compiled(pattern).matches(event))).toBe(expected);
      }),
      { numRuns: 2500 },
    );
    expect(matched).toBeGreaterThan(100);
  });

  it('match as the description says, with values at several depths of lists', () => {
    fc.assert(
      fc.property(wayfulPattern, listedEvent, (pattern, event) => {
        expect(atOnce(compiled(pattern).matches(event))).toBe(naivelyMatches(pattern, event));
      }),
      { numRuns: 2500 },
    );
  });

  it('match as the description says, with dots in the keys of the event', () => {
    fc.assert(
      fc.property(anyPattern, dottedEvent, (pattern, event) => {
        expect(atOnce(compiled(pattern).matches(event))).toBe(naivelyMatches(pattern, event));
      }),
      { numRuns: 3000 },
    );
  });

  it('have an explanation exactly when they do not match', () => {
    fc.assert(
      fc.property(anyPattern, anyEvent, (pattern, event) => {
        const { matches, explain } = compiled(pattern);
        const reason = atOnce(explain(event));
        expect(reason === undefined).toBe(atOnce(matches(event)));
        if (reason !== undefined) expect(reason).toMatch(/^[abc.]+ must /);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an index of any patterns', () => {
  const patterns = fc.array(anyPattern, { maxLength: 12 });

  it('finds what each pattern on its own would, also after some were taken out', () => {
    fc.assert(
      fc.property(patterns, anyEvent, fc.integer({ min: 1, max: 3 }), (jsons, event, step) => {
        const index = new PatternIndex<number>();
        const all = jsons.map(compiled);
        for (const [number, pattern] of all.entries()) index.add(pattern, number);
        const expected = all.flatMap((pattern, number) => (atOnce(pattern.matches(event)) ? [number] : []));
        expect([...atOnce(index.matching(event))].sort((a, b) => a - b)).toEqual(expected);
        for (const number of all.keys()) if (number % step === 0) index.remove(number);
        const left = expected.filter((number) => number % step !== 0);
        expect([...atOnce(index.matching(event))].sort((a, b) => a - b)).toEqual(left);
        for (const number of all.keys()) index.remove(number);
        expect(index.isEmpty()).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  /** A value and a bound each, of few: keys fill up, are divided, and are joined again as they empty. */
  const crowded = fc.record({
    a: fc.constantFrom(['x'], ['x', 'y'], [{ prefix: 'x' }]),
    b: fc.integer({ min: 0, max: 30 }).map((low) => [{ numeric: ['>=', low, '<', low + 3] }]),
    c: fc.constantFrom(['x'], [{ exists: true }], [{ exists: false }, 'y'], [{ 'anything-but': 'z' }]),
  });
  const crowd = fc.array(crowded, { minLength: 60, maxLength: 120 });
  const someEvent = fc.record({
    a: fc.oneof(fc.constantFrom('x', 'y', 'xy'), fc.constant(['x', 'y'])),
    b: fc.oneof(fc.integer({ min: 0, max: 33 }), fc.array(fc.integer({ min: 0, max: 33 }), { maxLength: 3 })),
    c: fc.constantFrom('x', 'y', 'z'),
  });

  it('finds them among many that share values, as they come and go', () => {
    fc.assert(
      fc.property(crowd, someEvent, fc.infiniteStream(fc.nat(200)), (jsons, event, places) => {
        const index = new PatternIndex<number>();
        const all = jsons.map(compiled);
        const present = new Set<number>();
        const check = (): void => {
          const expected = [...present].filter((number) => naivelyMatches(jsons[number] ?? {}, event));
          expect([...atOnce(index.matching(event))].sort()).toEqual(expected.sort());
        };
        for (const [number, pattern] of all.entries()) {
          index.add(pattern, number);
          present.add(number);
        }
        check();
        for (let moves = 0; moves < 2 * all.length; moves++) {
          const number = Number(places.next().value) % all.length;
          const pattern = all[number];
          // Many more go than come, so that what was divided is joined.
          if (present.delete(number)) index.remove(number);
          else if (pattern && moves % 4 === 0) {
            index.add(pattern, number);
            present.add(number);
          }
          if (moves % 20 === 0) check();
        }
        check();
        for (const number of present) index.remove(number);
        expect(index.isEmpty()).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
