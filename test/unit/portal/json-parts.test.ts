import { jsonParts } from '../../../src/portal/parts/values/json-parts';
import { compactJson } from '../../../src/portal/parts/values/pretty-json';

describe('the parts of a JSON text', () => {
  it('are names, strings and values', () => {
    const parts = jsonParts('{ "total": -1.5e3, "a\\"b" : ["x: y", true, null] }');
    const ofKind = (kind: string) => parts.filter((part) => part.kind === kind).map(({ text }) => text);
    expect(ofKind('name')).toEqual(['"total"', '"a\\"b"']);
    expect(ofKind('string')).toEqual(['"x: y"']);
    expect(ofKind('value')).toEqual(['-1.5e3', 'true', 'null']);
  });

  it.each([
    ['', 'nothing'],
    ['{"a":12345678901234567890,"b":"\\u00e9 <script>","c":{}}', 'JSON'],
    ['{ "order": data.id, "euro": data.total / 100 }', 'a transform'],
    ['{"never": "closed, 12', 'what is cut off'],
    ['<img src=x onerror="alert(1)">', 'markup'],
  ])('are together the text %j, which is %s', (text) => {
    expect(
      jsonParts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });
});

describe('a filter as people would write it', () => {
  it('keeps what is short on one line, and is the same value', () => {
    const filter = {
      data: {
        total: { amount: [{ numeric: ['>', 1000] }] },
        country: ['DE', 'AT', 'CH'],
        note: [{ exists: false }],
      },
    };
    expect(compactJson(filter).split('\n')).toEqual([
      '{',
      '  "data": {',
      '    "total": {',
      '      "amount": [{ "numeric": [">", 1000] }]',
      '    },',
      '    "country": ["DE", "AT", "CH"],',
      '    "note": [{ "exists": false }]',
      '  }',
      '}',
    ]);
    expect(JSON.parse(compactJson(filter))).toEqual(filter);
    expect([{}, [], null, 'x'].map((value) => compactJson(value))).toEqual(['{}', '[]', 'null', '"x"']);
  });
});
