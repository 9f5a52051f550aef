import { DELIVERY_STATUSES, isDue } from '../../../src/domain/delivery/delivery-status';
import type { DeliveryState } from '../../../src/domain/delivery/delivery-records';
import { isMessageGood } from '../../../src/deliver/is-message-good';

const state = (changes: Partial<DeliveryState>): DeliveryState => ({
  status: 'PENDING',
  attemptCount: 0,
  generation: 4,
  lastError: null,
  nextAttemptAt: null,
  ...changes,
});
const message = { attempt: 3, generation: 4 };

describe('a message about a delivery', () => {
  it('is good while its attempt is owed', () => {
    for (const status of DELIVERY_STATUSES) {
      const verdict = isMessageGood(message, state({ status, attemptCount: 2 }));
      expect([status, verdict]).toEqual([status, isDue(status) ? 'good' : 'obsolete']);
    }
  });

  it('is settled when this very attempt is on record, whatever came of it', () => {
    for (const status of DELIVERY_STATUSES) {
      expect(isMessageGood(message, state({ status, attemptCount: 3 }))).toBe('settled-before');
    }
  });

  it.each([
    ['a later attempt is on record', { attemptCount: 4, status: 'RETRYING' }],
    ['an earlier attempt is still owed', { attemptCount: 1, status: 'RETRYING' }],
    ['it was retried by hand since', { attemptCount: 2, generation: 5 }],
    ['it is of a generation that is not on record', { attemptCount: 2, generation: 3 }],
    ['it was retried by hand since, though its attempt is on record', { attemptCount: 3, generation: 5 }],
  ] as const)('is obsolete when %s', (_, changes) => {
    expect(isMessageGood(message, state(changes))).toBe('obsolete');
  });

  it('is obsolete when its delivery is not on record any more', () => {
    expect(isMessageGood(message, undefined)).toBe('obsolete');
  });
});
