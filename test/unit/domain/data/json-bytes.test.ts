import fc from 'fast-check';
import {
  MAX_JSON_DEPTH,
  checkJsonBytes,
  exceedsDepth,
  rawItems,
  rawMember,
} from '../../../../src/domain/data/json-bytes';

const reasonFor = (bytes: Buffer | string): string => {
  const check = checkJsonBytes(Buffer.from(bytes));
  return check.ok ? 'fine' : check.reason;
};

describe('a body', () => {
  it.each(['null', '0', '"text"', '[]', '{}', ' {"a" : [1, 2.5e3, true]}\n'])('is JSON: %s', (text) => {
    expect(checkJsonBytes(Buffer.from(text))).toEqual({ ok: true, value: JSON.parse(text) as unknown });
  });

  it('is refused when it is empty', () => {
    expect(reasonFor('')).toContain('empty');
  });

  it.each([
    ['a lone byte of two', [0x22, 0xc3, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('is refused when it is not UTF-8: %s', (_, bytes) => {
    expect(reasonFor(Buffer.from(bytes))).toContain('UTF-8');
  });

  it.each(['{', '{"a":1,}', "{'a':1}", '01', 'NaN', '{"a":1} x', '\ufeff{}', '"\u0001"'])(
    'is refused when it is not JSON: %j',
    (text) => {
      expect(reasonFor(text)).toContain('not JSON');
    },
  );

  it('may nest to the limit and not one deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(reasonFor(nested(MAX_JSON_DEPTH))).toBe('fine');
    expect(reasonFor(nested(MAX_JSON_DEPTH + 1))).toContain('nested');
    expect(reasonFor('{"a":'.repeat(MAX_JSON_DEPTH + 1))).toContain('nested');
  });

  it('is refused in words when it nests a hundred thousand deep', () => {
    expect(reasonFor('['.repeat(100_000))).toContain('nested');
    expect(reasonFor(`${'{"a":['.repeat(50_000)}1${']}'.repeat(50_000)}`)).toContain('nested');
  });

  it('does not count brackets inside strings', () => {
    expect(reasonFor(JSON.stringify({ text: '[{'.repeat(500) }))).toBe('fine');
    expect(reasonFor(JSON.stringify({ text: '\\"[['.repeat(500) }))).toBe('fine');
    expect(exceedsDepth(Buffer.from('["\\\\",[[]]]'), 2)).toBe(true);
  });
});

describe('the reason why a body is not JSON', () => {
  const RULES_ALONE =
    /^the body is (empty; send the event data as JSON|not valid UTF-8|not JSON: (syntax error at byte \d+|it ends too early or has a syntax error|it begins with a byte order mark; leave that out))$|^the JSON is nested more than \d+ levels deep$/;

  it('is a fixed sentence for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const check = checkJsonBytes(Buffer.from(bytes));
        if (!check.ok) expect(check.reason).toMatch(RULES_ALONE);
      }),
      { numRuns: 500 },
    );
  });

  // The parser's own message quotes short bodies whole, and its own words are "at position 7".
  it.each(['position 4111', '{"a":position 4111}', 'JSON at position 4111'])(
    'never quotes the body: %s',
    (text) => {
      expect(reasonFor(text)).toContain('not JSON');
      expect(reasonFor(text)).not.toContain('4111');
    },
  );

  it('names a byte order mark, which nobody sees', () => {
    expect(reasonFor('\ufeff{}')).toContain('byte order mark');
  });

  it('names the byte, where the characters before it take more than one', () => {
    // Before the x are 11 characters, of which two take two bytes.
    expect(reasonFor('{"a":"éé"} x')).toContain('byte 13');
  });
});

describe('one member of an object, as it was written', () => {
  const member = (text: string, key = 'data'): string | undefined =>
    rawMember(Buffer.from(text), key)?.toString();

  it.each([
    ['a number beyond 2^53', '{"data":12345678901234567890.000}', '12345678901234567890.000'],
    ['an exponent', '{"data":1E400}', '1E400'],
    ['space around it', '{ "data" \t:\r\n [ 1 , 2 ] \n}', '[ 1 , 2 ]'],
    ['space behind a bare value', '{"data":true }', 'true'],
    ['text with quotes and brackets', '{"data":"}\\",{[\\\\"}', '"}\\",{[\\\\"'],
    ['an escaped key', '{"d\\u0061ta":1}', '1'],
    ['the last of two', '{"data":1,"x":0,"data":2}', '2'],
    ['not the same key further in', '{"x":{"data":1},"y":["data",{"data":2}],"data":3}', '3'],
    ['a value that looks like the key', '{"x":"data","data":null}', 'null'],
    ['text beyond ASCII', '{"é":"ü","data":"€𝄞"}', '"€𝄞"'],
    ['repeated keys inside it', '{"data":{"a":1,"a":2}}', '{"a":1,"a":2}'],
    ['an empty object', '{"data":{},"z":[]}', '{}'],
  ])('is %s', (_, text, expected) => {
    expect(member(text)).toBe(expected);
  });

  it('is undefined when it is not there', () => {
    expect(member('{}')).toBeUndefined();
    expect(member(' { } ')).toBeUndefined();
    expect(member('{"x":{"data":1}}')).toBeUndefined();
    expect(member('{"":1}', '')).toBe('1');
    expect(member('{"a":1}', 'toString')).toBeUndefined();
  });

  it('parses to what the parser finds there, for any object and key', () => {
    const key = fc.oneof(
      fc.constantFrom('data', 'a', '', 'd\u0061ta'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const object = fc.array(fc.tuple(key, fc.jsonValue({ maxDepth: 4 })), { maxLength: 6 });
    const space = fc.constantFrom('', ' ', '\n\t', '\r');
    fc.assert(
      fc.property(object, space, key, (members, gap, wanted) => {
        const inner = members.map(
          ([name, value]) =>
            `${gap}${JSON.stringify(name)}${gap}:${gap}${JSON.stringify(value, null, gap)}${gap}`,
        );
        const bytes = Buffer.from(`${gap}{${inner.join(',')}}`);
        const parsed = JSON.parse(bytes.toString()) as Record<string, unknown>;
        const raw = rawMember(bytes, wanted);
        expect(raw !== undefined).toBe(Object.hasOwn(parsed, wanted));
        if (raw)
          expect(JSON.parse(raw.toString())).toEqual(Object.getOwnPropertyDescriptor(parsed, wanted)?.value);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the items of an array', () => {
  it.each([
    ['[]', []],
    [' [ ] ', []],
    ['[1.0]', ['1.0']],
    ['[ 1.50 , "a,]\\"" , {"b":[1, 2]},[[ ]], null ]', ['1.50', '"a,]\\""', '{"b":[1, 2]}', '[[ ]]', 'null']],
  ])('of %s are its bytes as written', (text, items) => {
    expect(JSON.parse(text)).toHaveLength(items.length);
    expect(rawItems(Buffer.from(text)).map(String)).toEqual(items);
  });
});
