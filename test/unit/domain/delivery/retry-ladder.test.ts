import fc from 'fast-check';
import {
  DEFAULT_SCHEDULE_SECONDS,
  MAX_RUNG_SECONDS,
  ladderSubRungs,
  pickSubRung,
  rungAtLeast,
  subRungsOf,
} from '../../../../src/domain/delivery/retry-ladder';

const rung = fc.integer({ min: 1, max: MAX_RUNG_SECONDS });
/** [0, 1), as Math.random has it. */
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a rung of the ladder', () => {
  it('is spread 15 % to both sides', () => {
    expect(subRungsOf(30)).toEqual([
      { name: '30', ttlMs: 30_000 },
      { name: '30-85', ttlMs: 25_500 },
      { name: '30-115', ttlMs: 34_500 },
    ]);
  });

  it('has whole milliseconds that fit a signed 32-bit number, whatever its delay', () => {
    fc.assert(
      fc.property(rung, (seconds) => {
        for (const { ttlMs } of subRungsOf(seconds)) {
          expect(Number.isInteger(ttlMs)).toBe(true);
          expect(ttlMs).toBeGreaterThan(0);
          expect(ttlMs).toBeLessThan(2 ** 31);
        }
      }),
    );
  });

  it('is picked among its sub-rungs, each as often', () => {
    expect([0, 0.34, 0.67, 0.999].map((at) => pickSubRung(60, at).name)).toEqual([
      '60',
      '60-85',
      '60-115',
      '60-115',
    ]);
    fc.assert(
      fc.property(rung, random, (seconds, at) => {
        expect(subRungsOf(seconds)).toContainEqual(pickSubRung(seconds, at));
      }),
    );
  });
});

describe('the ladder', () => {
  it('has three queues for each delay, shortest first, none twice', () => {
    expect(ladderSubRungs([30, 5, 30]).map(({ name }) => name)).toEqual([
      '5',
      '5-85',
      '5-115',
      '30',
      '30-85',
      '30-115',
    ]);
    expect(ladderSubRungs(DEFAULT_SCHEDULE_SECONDS)).toHaveLength(27);
  });

  it('never gives one name to two delays, because a queue cannot change its delay', () => {
    fc.assert(
      fc.property(fc.uniqueArray(rung, { maxLength: 40 }), (seconds) => {
        const names = ladderSubRungs(seconds).map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('answers with the first delay that is long enough, else with its longest', () => {
    expect(rungAtLeast(6, [120, 5, 30])).toBe(30);
    expect(rungAtLeast(30, [120, 5, 30])).toBe(30);
    expect(rungAtLeast(9999, [120, 5, 30])).toBe(120);
    expect(rungAtLeast(7, [])).toBe(7);
  });
});
