import fc from 'fast-check';
import {
  MINUTE_MS,
  cutIntoBuckets,
  finestStretchesOf,
  ratesOf,
  statsRange,
  stretchesOf,
  type Stretch,
} from '../../../../src/domain/stats/stats-range';
import { emptyTally } from '../../../../src/domain/stats/tally';

const NOW = new Date('2026-05-04T12:34:56.789Z');
const HOUR_MS = 3_600_000;
const rangeOf = (since: string, until?: string) =>
  statsRange(new Date(since), until === undefined ? undefined : new Date(until), NOW);
const text = (minute: number): string => new Date(minute * MINUTE_MS).toISOString().slice(5, 16);

const someRange = fc
  .tuple(fc.integer({ min: 0, max: 100 * HOUR_MS }), fc.integer({ min: 1, max: 100 * HOUR_MS }))
  .map(([ageMs, lengthMs]) => {
    const since = new Date(NOW.getTime() - ageMs);
    return statsRange(since, new Date(since.getTime() + lengthMs), NOW);
  });

describe('a range of statistics', () => {
  it.each([
    ['2026-05-04T12:00:30Z', '2026-05-04T12:10:30Z', '05-04T12:00', '05-04T12:11'],
    ['2026-05-04T12:00:00Z', '2026-05-04T12:10:00Z', '05-04T12:00', '05-04T12:10'],
    ['2026-05-02T12:00:30Z', '2026-05-02T12:10:30Z', '05-02T12:00', '05-02T12:11'],
    ['2026-05-02T11:59:59Z', '2026-05-02T12:10:30Z', '05-02T11:00', '05-02T12:11'],
    ['2026-05-01T09:59:59Z', '2026-05-01T10:00:01Z', '05-01T09:00', '05-01T11:00'],
  ])('from %s to %s counts %s to %s', (since, until, from, end) => {
    const range = rangeOf(since, until);
    expect([text(range.from), text(range.end)]).toEqual([from, end]);
  });

  it('without an end counts this minute too, even on its first millisecond', () => {
    const now = new Date('2026-05-04T12:00:00.000Z');
    const { end } = statsRange(new Date('2026-05-04T11:00:00Z'), undefined, now);
    expect(text(end)).toBe('05-04T12:01');
  });

  it('that begins ahead of this clock is not upside down', () => {
    const { from, end } = rangeOf('2026-05-04T12:40:00.000Z');
    expect(end).toBeGreaterThan(from);
  });

  it.each([
    ['the fewest rows', stretchesOf],
    ['the finest rows', finestStretchesOf],
  ])('is covered without gap or overlap by %s', (_name, cut) => {
    fc.assert(
      fc.property(someRange, (range) => {
        let reached = range.from;
        for (const { from, end } of cut(range)) {
          expect(from).toBe(reached);
          reached = end;
        }
        expect(reached).toBe(range.end);
      }),
    );
  });

  it.each([
    ['the fewest rows', stretchesOf],
    ['the finest rows', finestStretchesOf],
  ])('reads whole hours, and minutes only where they are kept, for %s', (_name, cut) => {
    fc.assert(
      fc.property(someRange, (range) => {
        const isGood = ({ unit, from, end }: Stretch): boolean =>
          unit === 'hour' ? from % 60 === 0 && end % 60 === 0 : from >= range.exact;
        expect(cut(range).every(isGood)).toBe(true);
      }),
    );
  });

  it('of a day is 23 hours and at most two hours of minutes', () => {
    const lengths = stretchesOf(rangeOf('2026-05-03T12:34:56.789Z')).map(
      ({ unit, from, end }) => `${(end - from) / (unit === 'hour' ? 60 : 1)} ${unit}`,
    );
    expect(lengths).toEqual(['26 minute', '23 hour', '35 minute']);
  });
});

describe('buckets', () => {
  it('are as many as asked for, begin with the range, and add up to all there is', () => {
    fc.assert(
      fc.property(
        someRange,
        fc.integer({ min: 1, max: 500 }),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (range, count, places) => {
          const points = places.map((place) => ({
            at: range.from + Math.floor(place * (range.end - range.from)),
            tally: { ...emptyTally(), attempts: 2, failed: 1 },
          }));
          const buckets = cutIntoBuckets(range, points, count);
          expect(buckets).toHaveLength(count);
          expect(buckets[0]?.at).toEqual(range.since);
          expect(buckets.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(2 * points.length);
          expect(buckets.reduce((sum, { failed }) => sum + failed, 0)).toBe(points.length);
        },
      ),
    );
  });

  it('take the minutes that begin in them', () => {
    const range = rangeOf('2026-05-04T12:00:00Z', '2026-05-04T12:10:00Z');
    const points = [0, 1, 4, 5, 9].map((minute) => ({
      at: range.from + minute,
      tally: { ...emptyTally(), attempts: 1 },
    }));
    const buckets = cutIntoBuckets(range, points, 2);
    expect(buckets.map(({ at, attempts }) => [at.toISOString().slice(11, 16), attempts])).toEqual([
      ['12:00', 3],
      ['12:05', 2],
    ]);
  });
});

describe('rates', () => {
  it('are shares of what has been settled, and of attempts', () => {
    const tally = { ...emptyTally(), attempts: 8, failed: 2 };
    tally.byStatus = { ...tally.byStatus, DELIVERED: 3, DEAD_LETTERED: 1, PENDING: 90, CANCELLED: 7 };
    expect(ratesOf(tally)).toEqual({ confirmationRate: 0.75, failureRate: 0.25 });
  });

  it('of nothing are those of a day on which nothing went wrong', () => {
    expect(ratesOf(emptyTally())).toEqual({ confirmationRate: 1, failureRate: 0 });
  });
});
