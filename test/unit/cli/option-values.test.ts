import { collectList, collectStatuses, instant, seconds } from '../../../src/cli/option-values';

const NOW = Date.parse('2026-03-10T12:00:00.000Z');

describe('the values of options', () => {
  it.each([
    ['30s', '2026-03-10T11:59:30.000Z'],
    ['15m', '2026-03-10T11:45:00.000Z'],
    ['2h', '2026-03-10T10:00:00.000Z'],
    ['7d', '2026-03-03T12:00:00.000Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ])('has %s as a time', (text, expected) => {
    expect(instant(text, NOW)).toBe(expected);
  });

  it.each(['', 'yesterday', '2 h', '-2h', '1.5h', '2026-13-40', '2026-01-31T12:00:00', '12'])(
    'refuses %p as a time, and shows what is allowed',
    (text) => {
      expect(() => instant(text, NOW)).toThrow(/such as 30m, 2h or 7d/);
    },
  );

  it('has statuses in either spelling, and names them when one is unknown', () => {
    expect(collectStatuses('dead-lettered,HELD', ['DELIVERED'])).toEqual([
      'DELIVERED',
      'DEAD_LETTERED',
      'HELD',
    ]);
    expect(() => collectStatuses('failed', [])).toThrow(/There are PENDING, RETRYING/);
  });

  it('divides lists at commas, and takes whole seconds only', () => {
    expect(collectList('a, b,,c', ['z'])).toEqual(['z', 'a', 'b', 'c']);
    expect(seconds('300')).toBe(300);
    expect(() => seconds('5m')).toThrow(/whole seconds/);
  });
});
