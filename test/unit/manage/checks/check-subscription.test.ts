import { atOnce } from '../../../../src/domain/pieces';
import { compilePattern } from '../../../../src/domain/event-pattern/compile-pattern';
import { checkSubscription } from '../../../../src/manage/checks/check-subscription';

it.each<[object, string, string[]]>([
  [{ '': 5 }, '"" must be a list of values, such as ["a", "b"], or an object of fields', ['']],
  [{ data: { '': {} } }, '"" may not be empty: name at least one field', ['data', '']],
  [{}, 'the filter may not be empty: name at least one field', []],
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
