import { fieldsOf, wholeType } from '../../../src/portal/event-types/schema-fields';

/** "name type required" for each member. */
const told = (schema: unknown): string[] =>
  fieldsOf(schema).map(({ path, type, isRequired }) => `${path} ${type}${isRequired ? ' required' : ''}`);

describe('a schema for people', () => {
  it('has a row for each member, what is inside of one behind it', () => {
    const schema = {
      type: 'object',
      required: ['id', 'lines'],
      properties: {
        id: { type: 'string', description: 'Yours.', maxLength: 20 },
        lines: {
          type: 'array',
          items: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } },
        },
        note: { type: ['string', 'null'] },
      },
    };
    expect(told(schema)).toEqual([
      'id string required',
      'lines list of object required',
      'lines[].sku string required',
      'note string or null',
    ]);
    expect(fieldsOf(schema)[0]).toMatchObject({ description: 'Yours.', rules: ['at most 20 characters'] });
    expect(fieldsOf(schema).map(({ depth }) => depth)).toEqual([0, 0, 1, 0]);
  });

  it('follows references, puts allOf together, and has the members of alternatives as optional ones', () => {
    const schema = {
      $defs: { money: { type: 'object', required: ['amount'], properties: { amount: { type: 'integer' } } } },
      allOf: [{ properties: { base: { type: 'string' } }, required: ['base'] }],
      properties: { total: { $ref: '#/$defs/money' } },
      oneOf: [{ required: ['card'], properties: { card: { type: 'string' } } }, { properties: { iban: {} } }],
    };
    expect(told(schema)).toEqual([
      'card string',
      'iban anything',
      'base string required',
      'total object',
      'total.amount integer required',
    ]);
  });

  it('says values, limits and formats in words', () => {
    const rules = (schema: object) => fieldsOf({ properties: { it: schema } })[0]?.rules;
    expect(rules({ enum: ['a', 'b'] })).toEqual(['one of "a", "b"']);
    expect(rules({ type: 'number', minimum: 0, exclusiveMaximum: 9 })).toEqual(['at least 0', 'less than 9']);
    expect(rules({ type: 'string', format: 'email', pattern: '^a' })).toEqual(['email', 'fits ^a']);
  });

  it('ends where a schema refers to itself, or doubles without end', () => {
    const tree = { properties: { children: { type: 'array', items: { $ref: '#' } }, name: {} } };
    expect(told(tree).slice(0, 2)).toEqual(['children list of object', 'children[].children list of object']);
    expect(fieldsOf(tree).length).toBeLessThanOrEqual(300);
    const doubling = { allOf: Array.from({ length: 20 }, () => ({ $ref: '#' })), properties: { a: {} } };
    expect(told(doubling)).toEqual(['a anything']);
  });

  it('says what data without members is', () => {
    expect(fieldsOf({ type: 'string' })).toEqual([]);
    expect(wholeType({ type: 'array', items: { type: 'number' } })).toBe('list of number');
    expect(wholeType(true)).toBe('anything');
  });
});
