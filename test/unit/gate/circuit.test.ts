import {
  afterFailure,
  judgeAnswer,
  probeDelayMs,
  shouldOpen,
  throttleMs,
  type Streak,
} from '../../../src/gate/circuit';

const RULES = { failures: 3, spanMs: 5000, probeMs: 30_000, maxProbeMs: 600_000 };

describe('what an attempt says about its endpoint', () => {
  it.each([
    ['success', {}, false],
    ['failure', { error: 'TIMEOUT' as const }, false],
    ['failure', { error: 'CONNECTION_REFUSED' as const }, false],
    ['failure', { error: 'HTTP_500' as const, response: { status: 500 } }, false],
    ['busy', { error: 'HTTP_429' as const, response: { status: 429 } }, false],
    ['throttled', { error: 'HTTP_503' as const, response: { status: 503 } }, true],
    ['nothing', { error: 'PAYLOAD' as const }, false],
  ])('%s: %j', (judgement, answer, throttled) => {
    expect(judgeAnswer(answer, throttled)).toBe(judgement);
  });
});

describe('a circuit', () => {
  const streakOf = (...startedMs: number[]): Streak =>
    startedMs.reduce<Streak | undefined>((streak, at) => afterFailure(streak, at), undefined) as Streak;

  it('opens after so many failures in a row, over so long', () => {
    expect(shouldOpen(streakOf(0, 1), 60_000, RULES)).toBe(false);
    expect(shouldOpen(streakOf(0, 1, 2), 4999, RULES)).toBe(false);
    expect(shouldOpen(streakOf(0, 1, 2), 5000, RULES)).toBe(true);
  });

  it('counts from when the earliest of them began, in whatever order they end', () => {
    expect(streakOf(7000, 500, 9000)).toEqual({ failures: 3, sinceMs: 500 });
  });

  it('is tried again after twice as long each time, up to ten minutes', () => {
    expect([0, 1, 2, 5, 99].map((probes) => probeDelayMs(probes, RULES, 0.5))).toEqual([
      30_000, 60_000, 120_000, 600_000, 600_000,
    ]);
    expect([probeDelayMs(0, RULES, 0), probeDelayMs(0, RULES, 1)]).toEqual([27_000, 33_000]);
  });
});

describe('a Retry-After', () => {
  it('holds as long as it asks, and at most a day', () => {
    expect(throttleMs(3, 1)).toBe(3000);
    expect(throttleMs(1_000_000_000, 1)).toBe(86_400_000);
  });

  it('that asks again and again for too short a time is believed less each time', () => {
    expect([5, 6, 8, 50].map((times) => throttleMs(1, times))).toEqual([1000, 2000, 8000, 60_000]);
    expect(throttleMs(120, 50)).toBe(120_000);
  });
});
