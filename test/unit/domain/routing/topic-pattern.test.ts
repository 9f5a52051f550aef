import fc from 'fast-check';
import { TopicIndex, isEventType, isTopicPattern } from '../../../../src/domain/routing/topic-pattern';

/** The specification in four lines, with no thought of speed. */
function matchesSimply([head, ...pattern]: string[], segments: string[]): boolean {
  if (head === undefined) return segments.length === 0;
  if (head === '#')
    return Array.from({ length: segments.length + 1 }, (_, i) => i).some((i) =>
      matchesSimply(pattern, segments.slice(i)),
    );
  return (
    segments.length > 0 && (head === '*' || head === segments[0]) && matchesSimply(pattern, segments.slice(1))
  );
}

function indexOf(...patterns: string[]): TopicIndex<string> {
  const index = new TopicIndex<string>();
  for (const pattern of patterns) index.add(pattern, pattern);
  return index;
}

describe('a topic pattern', () => {
  it.each([
    ['order.placed', ['order.placed'], ['order', 'order.placed.eu', 'Order.placed', 'order.placedx']],
    ['order.*', ['order.placed'], ['order', 'order.placed.eu', 'orders.placed']],
    ['*.*', ['a.b'], ['a', 'a.b.c']],
    ['*', ['a'], ['a.b']],
    ['#', ['a', 'a.b', 'a.b.c.d'], []],
    ['order.#', ['order', 'order.placed', 'order.placed.eu'], ['orders', 'x.order']],
    ['#.placed', ['placed', 'order.placed', 'a.b.placed'], ['placed.order', 'a.placed.b']],
    ['a.#.b', ['a.b', 'a.x.b', 'a.x.y.b', 'a.b.b'], ['a', 'b', 'a.b.c', 'x.a.b']],
    ['#.b.#', ['b', 'a.b', 'b.c', 'a.b.c', 'b.b'], ['a', 'a.c']],
    ['*.#', ['a', 'a.b', 'a.b.c'], []],
    ['#.*', ['a', 'a.b'], []],
    ['#.#', ['a', 'a.b'], []],
    ['*.#.*', ['a.b', 'a.b.c'], ['a']],
    ['a.*.#.c', ['a.b.c', 'a.b.x.c'], ['a.c']],
  ])('%s is as RabbitMQ has it', (pattern, matching, others) => {
    const index = indexOf(pattern);
    for (const type of matching) expect([type, [...index.match(type)]]).toEqual([type, [pattern]]);
    for (const type of others) expect([type, [...index.match(type)]]).toEqual([type, []]);
  });

  it('matches what the specification says, among any other patterns', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const pattern = fc.array(fc.oneof(word, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 6 });
    const type = fc.array(word, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 12 }), type, (patterns, segments) => {
        const index = indexOf(...patterns.map((parts) => parts.join('.')));
        const expected = patterns
          .filter((parts) => matchesSimply(parts, segments))
          .map((parts) => parts.join('.'));
        expect([...index.match(segments.join('.'))].sort()).toEqual([...new Set(expected)].sort());
      }),
      { numRuns: 500 },
    );
  });

  it('stays quick for the pattern that makes naive matchers explode', () => {
    const index = indexOf(Array.from({ length: 40 }, () => '#.a').join('.'));
    expect(index.match(Array.from({ length: 39 }, () => 'a').join('.')).size).toBe(0);
    expect(index.match(Array.from({ length: 99 }, () => 'a').join('.')).size).toBe(1);
  });
});

describe('an index of patterns', () => {
  it('finds a value once, however many of its patterns match', () => {
    const index = new TopicIndex<string>();
    for (const pattern of ['order.#', '#', 'order.placed', 'order.placed']) index.add(pattern, 'value');
    expect([...index.match('order.placed')]).toEqual(['value']);
  });

  it('keeps the values of one pattern apart', () => {
    const index = new TopicIndex<string>();
    index.add('a.#', 'one');
    index.add('a.#', 'two');
    index.remove('a.#', 'one');
    expect([...index.match('a.b')]).toEqual(['two']);
  });

  it('forgets what is removed, and nothing below or above it', () => {
    const index = indexOf('a', 'a.b', 'a.b.c', 'a.#');
    index.remove('a.b', 'a.b');
    expect([...index.match('a.b')]).toEqual(['a.#']);
    expect([...index.match('a')].sort()).toEqual(['a', 'a.#']);
    expect([...index.match('a.b.c')].sort()).toEqual(['a.#', 'a.b.c']);
  });

  it('does not mind removing what is not there, or twice', () => {
    const index = indexOf('a.b');
    index.remove('x.y.z', 'x');
    index.remove('a', 'a.b');
    index.remove('a.b.c', 'a.b');
    expect([...index.match('a.b')]).toEqual(['a.b']);
    index.remove('a.b', 'a.b');
    index.remove('a.b', 'a.b');
    expect(index.match('a.b').size).toBe(0);
  });
});

describe('the name of an event type', () => {
  it.each(['a', 'order.placed', 'Order_1-x.Y', 'a'.repeat(200)])('may be %s', (text) => {
    expect(isEventType(text)).toBe(true);
    expect(isTopicPattern(text)).toBe(true);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a\n', 'é', 'a/b', 'a'.repeat(201)])(
    'may not be %j',
    (text) => {
      expect(isEventType(text)).toBe(false);
      expect(isTopicPattern(text)).toBe(false);
    },
  );

  it.each(['*', '#', 'a.*', '#.a', 'a.#.b'])('is not the pattern %s', (text) => {
    expect(isEventType(text)).toBe(false);
    expect(isTopicPattern(text)).toBe(true);
  });

  it.each(['a*', '##', '*#', 'a.b*', '#a'])('has no wildcard inside a segment: %s', (text) => {
    expect(isTopicPattern(text)).toBe(false);
  });
});
