import { makePace } from '../../../../src/gate/pace/pace';

/** When a sender that always has work would send, with timers that fire late by `lateMs(n)`. */
function timesOf(perSecond: number, forMs: number, lateMs: (n: number) => number): number[] {
  const pace = makePace(perSecond);
  const times: number[] = [];
  for (let now = 1_000_000; now < 1_000_000 + forMs;) {
    now = Math.max(now, Math.ceil(pace.nextAtMs())) + lateMs(times.length);
    pace.take(now);
    times.push(now);
  }
  return times;
}

const busiestSecond = (times: readonly number[]): number =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));

describe('a pace', () => {
  it.each([1, 5, 10, 20, 50, 200])(
    'of %i a second is kept within 2 %% over a minute, without a burst',
    (rate) => {
      const times = timesOf(rate, 60_000, (n) => (n % 7 === 0 ? 2 : 0));
      expect(times.length).toBeGreaterThan(60 * rate * 0.98 - 1);
      expect(times.length).toBeLessThanOrEqual(60 * rate * 1.02 + 1);
      expect(busiestSecond(times)).toBeLessThanOrEqual(Math.max(1, Math.floor(rate * 1.1)));
    },
  );

  it('has no more than its share in any second even after a stall', () => {
    const times = timesOf(50, 20_000, (n) => (n % 100 === 99 ? 700 : 0));
    expect(busiestSecond(times)).toBeLessThanOrEqual(55);
  });

  it.each([50, 200])('of %i a second makes up for what late timers missed, within 2 %%', (rate) => {
    const times = timesOf(rate, 60_000, (n) => (n % (4 * rate) === 0 ? 120 : 3));
    expect(times.length / (60 * rate)).toBeGreaterThan(0.98);
    expect(busiestSecond(times)).toBeLessThanOrEqual(rate * 1.1);
  });

  it('gives nothing for a time in which nobody sent', () => {
    const pace = makePace(50);
    pace.take(1000);
    let taken = 0;
    for (let now = 600_000; now < 601_000; now++) {
      if (pace.nextAtMs() > now) continue;
      pace.take(now);
      taken++;
    }
    expect(taken).toBeLessThanOrEqual(55);
  });

  it('tells how many slots there are before a time', () => {
    const pace = makePace(10);
    pace.notBefore(1000);
    pace.take(1000);
    expect(pace.slotsBefore(1000, 1000)).toBe(0);
    expect(pace.slotsBefore(1000, 1410)).toBe(4);
  });

  it('begins later when somebody else may have sent just now', () => {
    const pace = makePace(10);
    pace.notBefore(5000);
    expect(pace.nextAtMs()).toBe(5000);
    expect(pace.slotsBefore(4000, 4900)).toBe(0);
  });
});
