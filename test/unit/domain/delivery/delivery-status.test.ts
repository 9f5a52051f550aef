import {
  DELIVERY_STATUSES,
  STATUS_CODES,
  isDue,
  isLegalTransition,
  isSettled,
  statusOfCode,
} from '../../../../src/domain/delivery/delivery-status';

describe('the status of a delivery', () => {
  it('keeps its number for ever, because rows in databases have it', () => {
    expect(STATUS_CODES).toEqual({
      PENDING: 1,
      RETRYING: 2,
      HELD: 3,
      DELIVERED: 4,
      DEAD_LETTERED: 5,
      CANCELLED: 6,
    });
  });

  it('comes back from its number', () => {
    for (const status of DELIVERY_STATUSES) expect(statusOfCode(STATUS_CODES[status])).toBe(status);
    expect(() => statusOfCode(0)).toThrow('unknown delivery status code 0');
    expect(() => statusOfCode(99)).toThrow('99');
  });

  it('is due, held or settled, and only one of these', () => {
    expect(DELIVERY_STATUSES.filter(isDue)).toEqual(['PENDING', 'RETRYING']);
    expect(DELIVERY_STATUSES.filter(isSettled)).toEqual(['DELIVERED', 'DEAD_LETTERED', 'CANCELLED']);
  });

  it('can always become PENDING again by hand', () => {
    for (const status of DELIVERY_STATUSES) expect(isLegalTransition(status, 'PENDING')).toBe(true);
  });

  it('is moved by an attempt only while an attempt is owed', () => {
    for (const from of DELIVERY_STATUSES) {
      for (const to of ['DELIVERED', 'RETRYING', 'DEAD_LETTERED', 'HELD'] as const) {
        expect(isLegalTransition(from, to)).toBe(isDue(from));
      }
    }
  });

  it('can be cancelled until it is settled', () => {
    for (const from of DELIVERY_STATUSES) {
      expect(isLegalTransition(from, 'CANCELLED')).toBe(!isSettled(from));
    }
  });
});
