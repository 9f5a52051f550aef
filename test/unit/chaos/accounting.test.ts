import { account, type Books } from '../../chaos/accounting';

const received = { id: 'dlv_1', attempt: 1, atMs: 1, key: 'k1', path: '/a', status: 204 };
const delivery = {
  id: 'dlv_1',
  key: 'k1',
  type: 't',
  path: '/a',
  status: 'DELIVERED',
  reason: null,
} as const;
const balanced: Books = {
  confirmed: [{ key: 'k1', type: 't' }],
  received: [received],
  deliveries: [delivery],
  attempts: new Set(['dlv_1/1']),
  subscribers: { t: ['/a'] },
  maxDuplicates: 0,
};
const faultsOf = (changes: Partial<Books>): string => account({ ...balanced, ...changes }).faults.join('\n');

it('finds nothing where all is as promised', () => {
  expect(account(balanced)).toMatchObject({
    faults: [],
    figures: { events: 1, deliveries: 1, duplicates: 0 },
  });
});

it('takes a reason on record for a delivery', () => {
  const dead = { ...delivery, status: 'DEAD_LETTERED', reason: 'HTTP_500' } as const;
  expect(faultsOf({ deliveries: [dead], received: [{ ...received, status: 500 }] })).toBe('');
  expect(faultsOf({ deliveries: [{ ...dead, reason: null }] })).toMatch(/neither received nor on record/);
});

it.each<[string, Partial<Books>, RegExp]>([
  ['an event that nobody got', { received: [] }, /neither received nor on record/],
  ['a delivery that was never made', { deliveries: [] }, /0 deliveries on record for 1 that were owed/],
  [
    'an event that nobody published',
    { received: [received, { ...received, id: 'dlv_2', key: 'k2' }] },
    /never published/,
  ],
  ['two ids for one delivery', { received: [received, { ...received, id: 'dlv_2' }] }, /two webhook-ids/],
  ['the id of another delivery', { received: [{ ...received, id: 'dlv_9' }] }, /webhook-id of no delivery/],
  [
    'a row that is not finished',
    { deliveries: [{ ...delivery, status: 'PENDING' }] },
    /unfinished on record/,
  ],
  [
    'a row that is still held',
    { deliveries: [{ ...delivery, status: 'HELD', reason: 'CIRCUIT' }] },
    /unfinished on record/,
  ],
  ['a request without an attempt', { attempts: new Set() }, /no attempt on record/],
  [
    'a request made twice and recorded once, where nobody died',
    { received: [received, received], maxDuplicates: 1, allSurvive: true },
    /received more often than attempts are on record: dlv_1/,
  ],
  [
    'more repeats than allowed',
    { received: [received, received] },
    /1 requests were made twice, 0 may have been/,
  ],
])('finds %s', (_, changes, fault) => {
  expect(faultsOf(changes)).toMatch(fault);
});
