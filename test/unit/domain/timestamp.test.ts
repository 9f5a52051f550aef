import { parseTimestamp } from '../../../src/domain/timestamp';

describe('a time in text', () => {
  it.each(['2028-02-29T00:00:00Z', '2026-12-31 23:59:59.5+01:00', '2026-04-30t00:00:00z'])(
    'takes %s',
    (text) => {
      expect(parseTimestamp(text)).toEqual(new Date(text.toUpperCase()));
    },
  );

  it.each([
    ['has a day that is not there', '2026-02-30T00:00:00Z'],
    ['has the 29th of February in another year', '2026-02-29T00:00:00Z'],
    ['has no offset', '2026-02-01T00:00:00'],
    ['is in no year that the database holds', '9999-12-31T23:59:59-14:00'],
  ])('takes none that %s', (_what, text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});
