import { compilePattern, type EventPattern } from '../../../../src/domain/event-pattern/compile-pattern';
import type { Group } from '../../../../src/domain/event-pattern/group';
import { RangeTree } from '../../../../src/domain/event-pattern/range-tree';
import { SubscriberIndex } from '../../../../src/domain/event-pattern/subscriber-index';
import { atOnce, type InPieces } from '../../../../src/domain/pieces';

/** A filter that counts how often it is looked at whole. */
function counted(json: unknown): { pattern: EventPattern; looks: () => number } {
  const compiled = compilePattern(json);
  if (!compiled.ok) throw new Error(compiled.reason);
  let looks = 0;
  const matches = (event: object): InPieces<boolean> => {
    looks++;
    return compiled.pattern.matches(event);
  };
  return { pattern: { ...compiled.pattern, matches }, looks: () => looks };
}

class NamesTogether extends Set<string> implements Group<string> {
  // eslint-disable-next-line require-yield -- it never pauses
  *visit(_event: object, onItem: (name: string) => void): InPieces<void> {
    for (const name of this) onItem(name);
  }
}

const MANY = 2000;

/** The n-th filter, an event that the 7th matches, and how many may have to be looked at. */
const KINDS: [kind: string, filter: (n: number) => object, event: object, most: number][] = [
  ['exact values', (n) => ({ data: { id: [`id-${n}`] } }), { data: { id: 'id-7' } }, 1],
  [
    'values in any case',
    (n) => ({ data: { id: [{ 'equals-ignore-case': `ID-${n}` }] } }),
    { data: { id: 'Id-7' } },
    1,
  ],
  ['lower bounds', (n) => ({ data: { x: [{ numeric: ['>', (n * 7) % MANY] }] } }), { data: { x: 49.5 } }, 60],
  ['ranges', (n) => ({ x: [{ numeric: ['>=', n, '<', n + 1] }] }), { x: 7.5 }, 1],
  ['prefixes', (n) => ({ x: [{ prefix: `p-${n}/` }] }), { x: 'p-7/a' }, 1],
  [
    'prefixes in any case',
    (n) => ({ x: [{ prefix: { 'equals-ignore-case': `P-${n}/` } }] }),
    { x: 'p-7/a' },
    1,
  ],
  ['suffixes', (n) => ({ x: [{ suffix: `/s-${n}` }] }), { x: 'a/s-7' }, 1],
  ['wildcards with a beginning', (n) => ({ x: [{ wildcard: `w-${n}/*/x` }] }), { x: 'w-7/b/x' }, 1],
  ['wildcards with an end', (n) => ({ x: [{ wildcard: `*/w-${n}` }] }), { x: 'b/w-7' }, 1],
  ['networks', (n) => ({ ip: [{ cidr: `10.${n >> 8}.${n & 255}.0/24` }] }), { ip: '10.0.7.9' }, 1],
  [
    'networks of IPv6',
    (n) => ({ ip: [{ cidr: `2001:db8:${n.toString(16)}::/48` }] }),
    { ip: '2001:db8:7::1' },
    1,
  ],
  ['fields', (n) => ({ data: { [`f${n}`]: [{ exists: true }] } }), { data: { f7: 1 } }, 1],
  ['ways', (n) => ({ $or: [{ a: [n] }, { b: [n] }] }), { a: -1, b: 7 }, 1],
  ['values in lists', (n) => ({ tags: [`t-${n}`] }), { tags: ['t-x', 't-7', 'other'] }, 1],
  ['values beside one that all share', (n) => ({ all: ['yes'], id: [n] }), { all: 'yes', id: 7 }, 2],
  [
    'ranges beside a value that all share',
    (n) => ({ all: ['yes'], x: [{ numeric: ['>=', n, '<', n + 1] }] }),
    { all: 'yes', x: 7.5 },
    1,
  ],
  [
    'bounds beside two values that all share',
    (n) => ({ all: ['yes'], also: [{ prefix: 'ye' }], x: [{ numeric: ['>', n] }] }),
    { all: 'yes', also: 'yes', x: 7.5 },
    // Seven more do match.
    8,
  ],
  [
    'a value beside a range that all share',
    (n) => ({ x: [{ numeric: ['>', 0] }], ip: [{ cidr: `10.${n >> 8}.${n & 255}.0/24` }] }),
    { x: 1, ip: '10.0.7.9' },
    2,
  ],
  [
    'prefixes beside one of two values that all share',
    (n) => ({ all: ['yes', 'no'], x: [{ prefix: `p-${n}/` }] }),
    { all: 'yes', x: 'p-7/a' },
    2,
  ],
];

describe('an index of 2,000 filters', () => {
  it.each(KINDS)('that differ in %s looks whole at next to none', (_, filter, event, most) => {
    const index = new SubscriberIndex<number>();
    const all = Array.from({ length: MANY }, (__, n) => counted(filter(n)));
    for (const [n, { pattern }] of all.entries()) index.add({ topics: ['order.#'], pattern }, n);
    expect(atOnce(index.find('order.placed', () => event)).found).toContain(7);
    expect(all.reduce((sum, { looks }) => sum + looks(), 0)).toBeLessThanOrEqual(most);
  });
});

describe('subscribers', () => {
  const pattern = (json: unknown): EventPattern => counted(json).pattern;
  const foundBy = <T>(...[index, type, event]: [SubscriberIndex<T>, string, () => object]): T[] =>
    atOnce(index.find(type, event)).found;

  it('are found once, by type and filter, however many of their types match', () => {
    const index = new SubscriberIndex<string>();
    index.add({ topics: ['order.*', '#'], pattern: pattern({ x: [1] }) }, 'filtered');
    index.add({ topics: ['order.placed'], pattern: undefined }, 'unfiltered');
    index.add({ topics: ['user.*'], pattern: pattern({ x: [1] }) }, 'other type');
    expect(foundBy(index, 'order.placed', () => ({ x: 1 })).sort()).toEqual(['filtered', 'unfiltered']);
    expect(foundBy(index, 'order.placed', () => ({ x: 2 }))).toEqual(['unfiltered']);
  });

  it('that are taken out are not found, and those beside them still are', () => {
    const index = new SubscriberIndex<string>();
    for (const name of ['one', 'two']) {
      index.add({ topics: ['a', 'b'], pattern: pattern({ x: [1] }) }, `filtered ${name}`);
      index.add({ topics: ['a', 'b'], pattern: undefined }, `unfiltered ${name}`);
    }
    index.remove(['a', 'b'], 'filtered one');
    index.remove(['a', 'b'], 'unfiltered one');
    for (const type of ['a', 'b'])
      expect(foundBy(index, type, () => ({ x: 1 })).sort()).toEqual(['filtered two', 'unfiltered two']);
  });

  it('with filters that there is no time for are undecided, and whom another type leads to is found', () => {
    const index = new SubscriberIndex<string>();
    index.add({ topics: ['a'], pattern: undefined }, 'unfiltered');
    index.add({ topics: ['a'], pattern: pattern({ x: [1] }) }, 'filtered');
    index.add({ topics: ['a'], pattern: pattern({ x: [2] }) }, 'twice');
    index.add({ topics: ['#'], pattern: undefined }, 'twice');
    expect(
      atOnce(
        index.find(
          'a',
          () => ({ x: 1 }),
          () => true,
        ),
      ),
    ).toEqual({
      found: ['unfiltered', 'twice'],
      undecided: ['filtered'],
    });
    expect(
      atOnce(
        index.find(
          'a',
          () => ({ x: 1 }),
          () => false,
        ),
      ).undecided,
    ).toEqual([]);
  });

  it('are asked one by one, too', () => {
    const index = new SubscriberIndex<string>();
    index.add({ topics: ['a', 'b'], pattern: pattern({ x: [1] }) }, 'filtered');
    index.add({ topics: ['a'], pattern: undefined }, 'unfiltered');
    const wants = (value: string, x: number): boolean => atOnce(index.wants(['b', 'a'], value, { x }));
    expect([wants('filtered', 1), wants('filtered', 2), wants('unfiltered', 2)]).toEqual([true, false, true]);
    index.remove(['a', 'b'], 'filtered');
    expect([wants('filtered', 1), wants('nobody', 1)]).toEqual([false, false]);
  });

  it('without filters leave the event unread, and with many it is read once', () => {
    const index = new SubscriberIndex<string>();
    const event = jest.fn(() => ({ x: 1 }));
    index.add({ topics: ['a'], pattern: undefined }, 'unfiltered');
    foundBy(index, 'a', event);
    expect(event).not.toHaveBeenCalled();
    index.add({ topics: ['*'], pattern: pattern({ x: [1] }) }, 'one');
    index.add({ topics: ['#'], pattern: pattern({ x: [1] }) }, 'two');
    expect(foundBy(index, 'a', event)).toHaveLength(3);
    expect(event).toHaveBeenCalledTimes(1);
  });
});

describe('ranges', () => {
  it('are found by the numbers in them, as they come and go', () => {
    const tree = new RangeTree<string>(() => new NamesTogether());
    const kept = new Map<string, { low: number; high: number }>();
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 3000; round++) {
      const low = random(40) - 5;
      const high = random(4) === 0 ? Infinity : low + random(10);
      const range = { low: random(8) === 0 ? -Infinity : low, lowIsIn: true, high, highIsIn: true };
      const name = `${range.low}..${range.high}`;
      if (random(2) === 0) {
        tree.add(range, name);
        kept.set(name, range);
      } else {
        tree.remove(range, name);
        kept.delete(name);
      }
      const number = random(50) - 5;
      const found: string[] = [];
      tree.visit(number, (group) => atOnce(group.visit({}, (name) => found.push(name))));
      const expected = [...kept].filter(([, { low: from, high: to }]) => from <= number && number <= to);
      expect(found.sort()).toEqual(expected.map(([key]) => key).sort());
      expect(tree.size).toBe(kept.size);
    }
  });
});
