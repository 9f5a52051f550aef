import { ExactNumber, parseJson, stringifyJson } from '../../../src/runtime/json-text';

describe('JSON without loss', () => {
  it.each([
    '{"a":12345678901234567890}',
    '[0.12345678901234567890,-1e400,1E-999]',
    '{"a":{"__proto__":{"polluted":true},"n":98765432109876543210}}',
    '{"text":"12345678901234567890","n":1}',
    '{"isLosslessNumber":true,"value":"12"}',
  ])('prints %s as it was read', (text) => {
    expect(stringifyJson(parseJson(text))).toBe(text);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('leaves numbers that a double holds numbers', () => {
    expect(parseJson('{"a":9007199254740991,"b":1.5,"c":12345678901234567890}')).toEqual({
      ...{ a: 9007199254740991, b: 1.5 },
      c: new ExactNumber('12345678901234567890'),
    });
  });

  it('shows nobody how it marks a long number, not within another text either', () => {
    const complaint = `no integer: ${new ExactNumber('1e400').toJSON()}`;
    expect(stringifyJson({ complaint })).toBe('{"complaint":"no integer: 1e400"}');
  });

  it('takes the last of repeated keys, with long numbers as without', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
    expect(stringifyJson(parseJson('{"a":1,"a":12345678901234567890}'))).toBe('{"a":12345678901234567890}');
  });

  it('refuses what is no JSON, with long numbers as without', () => {
    expect(() => parseJson('{"a":')).toThrow(SyntaxError);
    expect(() => parseJson('{"a":12345678901234567890')).toThrow(SyntaxError);
  });
});
