import { readsField } from '../../../../src/domain/routing/subscription-reads';

const NONE = { filter: null, includeFields: null, transform: null };
const TOTAL = ['order', 'total'];

describe('a subscription reads a field', () => {
  it.each<[string, Partial<Parameters<typeof readsField>[0]>]>([
    ['by its filter', { filter: { data: { order: { total: [{ exists: true }] } } } }],
    ['by a filter on what is in it', { filter: { data: { order: { total: { amount: [1] } } } } }],
    [
      'by one of several branches',
      { filter: { $or: [{ type: ['a'] }, { data: { order: { total: [1] } } }] } },
    ],
    ['by the fields it includes', { includeFields: ['id', 'order.total'] }],
    ['by including what it is in', { includeFields: ['order'] }],
    ['by its transform', { transform: '{ "sum": data.order.total + 1 }' }],
    ['by a transform that quotes its name', { transform: 'data.order.`total`' }],
  ])('%s', (_, rules) => {
    expect(readsField({ ...NONE, ...rules }, TOTAL)).toBe(true);
  });

  it.each<[string, Partial<Parameters<typeof readsField>[0]>]>([
    ['without rules', {}],
    ['by a filter on another field', { filter: { data: { order: { id: [1] } } } }],
    ['by a filter outside the data', { filter: { order: { total: [1] } } }],
    ['by including another', { includeFields: ['order.id', 'orders'] }],
    ['by a longer name', { transform: 'data.order.totals + subtotal' }],
  ])('but not %s', (_, rules) => {
    expect(readsField({ ...NONE, ...rules }, TOTAL)).toBe(false);
  });

  it('when the whole of the data changed and it has any rule', () => {
    expect(readsField(NONE, [])).toBe(false);
    expect(readsField({ ...NONE, transform: 'data' }, [])).toBe(true);
    expect(readsField({ ...NONE, transform: 'data' }, [''])).toBe(true);
  });
});
