import { makeDatabaseClock } from '../../../src/store/database-clock';

it('goes on from the last look by the monotonic clock, whatever the wall clock does', async () => {
  let monotonicMs = 1000;
  const answers = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z'].map((at) => new Date(at));
  const rows = <Row>(): Promise<Row[]> => {
    // The answer takes 20 ms, and was true half-way.
    monotonicMs += 20;
    return Promise.resolve([{ now: answers.shift() }] as Row[]);
  };
  const clock = makeDatabaseClock({ rows }, () => monotonicMs);
  expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(60_000);
  await clock.look();
  expect(clock.now().toISOString()).toBe('2026-01-01T00:00:00.010Z');
  monotonicMs += 5000;
  expect(clock.now().toISOString()).toBe('2026-01-01T00:00:05.010Z');
  await clock.look();
  expect(clock.now().toISOString()).toBe('2026-01-01T00:01:00.010Z');
});
