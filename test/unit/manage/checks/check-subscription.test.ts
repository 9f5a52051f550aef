import { atOnce } from '../../../../src/domain/pieces';
import { compilePattern } from '../../../../src/domain/event-pattern/compile-pattern';
import { checkSubscription } from '../../../../src/manage/checks/check-subscription';

const NO_FIELD =
  'is no field of an event: there are id, type, version, timestamp, tenant, data, and what was published is below data';

it.each<[object, string, string[]]>([
  [{ '': 5 }, '"" must be a list of values, such as ["a", "b"], or an object of fields', ['']],
  [{ data: { '': {} } }, '"" may not be empty: name at least one field', ['data', '']],
  [{}, 'the filter may not be empty: name at least one field', []],
  [{ total: [1] }, `total ${NO_FIELD}`, ['total']],
  [{ 'dta.total': [1] }, `dta.total ${NO_FIELD}`, ['dta.total']],
  [
    { $or: [{ 'data.total': [1], type: ['a'] }, { $or: [{ id: ['x'] }, { kind: ['b'] }] }] },
    `kind ${NO_FIELD}`,
    ['$or', '1', '$or', '1', 'kind'],
  ],
  [{ data: { x: [] } }, 'x may not be empty: no value could match', ['data', 'x']],
  [{ $or: [{ x: [1] }, 5] }, '$or[1] must be an object of fields', ['$or', '1']],
])(
  'says what is wrong with the filter %j in a sentence that names the place',
  async (filter, message, path) => {
    const faults = await checkSubscription('ten_x', { filter }, () => Promise.resolve({ ok: true }));
    expect(faults).toEqual([expect.objectContaining({ message, field: ['filter', ...path] })]);
  },
);

it('names the empty key of a filter that an event does not fit', () => {
  const compiled = compilePattern({ '': ['a'] });
  expect(compiled.ok && atOnce(compiled.pattern.explain({ '': 'b' }))).toBe('"" must be "a", was "b"');
});
