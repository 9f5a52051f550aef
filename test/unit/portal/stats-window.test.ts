import { cutIntoBuckets, minuteOf, statsRange } from '../../../src/domain/stats/stats-range';
import { emptyTally } from '../../../src/domain/stats/tally';
import { statsWindow } from '../../../src/portal/overview/stats-window';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW_MS = Date.parse('2026-03-14T15:09:26.535Z');

describe('the window of the overview', () => {
  it('begins and ends at steps of the clock, and has all of the range in it', () => {
    expect(statsWindow(NOW_MS, HOUR_MS, MINUTE_MS)).toEqual({
      since: '2026-03-14T14:09:00.000Z',
      until: '2026-03-14T15:10:00.000Z',
      buckets: 61,
    });
    expect(statsWindow(NOW_MS, 24 * HOUR_MS, HOUR_MS / 2)).toMatchObject({
      since: '2026-03-13T15:00:00.000Z',
      buckets: 49,
    });
    expect(statsWindow(Date.parse('2026-03-14T15:00:00Z'), HOUR_MS, MINUTE_MS).until).toBe(
      '2026-03-14T15:01:00.000Z',
    );
  });

  it('has a minute in each bar of the hour, as the API cuts it', () => {
    const { since, until, buckets } = statsWindow(NOW_MS, HOUR_MS, MINUTE_MS);
    const range = statsRange(new Date(since), new Date(until), new Date(NOW_MS));
    const points = Array.from({ length: range.end - range.from }, (_, at) => ({
      at: range.from + at,
      tally: { ...emptyTally(), attempts: 1 },
    }));
    expect(points.at(-1)?.at).toBe(minuteOf(NOW_MS));
    expect(cutIntoBuckets(range, points, buckets).map(({ attempts }) => attempts)).toEqual(
      Array.from({ length: 61 }, () => 1),
    );
  });
});
