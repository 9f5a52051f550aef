import {
  checkEndpointHeaders,
  REDACTED,
  redactHeaders,
  rememberedByName,
} from '../../../../src/domain/request/request-headers';

const problemsOf = (value: unknown) => {
  const check = checkEndpointHeaders(value);
  return check.ok ? [] : check.problems.map(({ field }) => field);
};

describe("an endpoint's own headers", () => {
  it('come back with names in lower case and values trimmed', () => {
    expect(checkEndpointHeaders({ 'X-Api-Key': ' abc ', Authorization: 'Bearer t' })).toEqual({
      ok: true,
      headers: { 'x-api-key': 'abc', authorization: 'Bearer t' },
    });
  });

  it('may be absent', () => {
    for (const value of [null, undefined, {}])
      expect(checkEndpointHeaders(value)).toEqual({ ok: true, headers: {} });
  });

  it.each([[[]], ['x: y'], [1], [true]])('must be an object, not %j', (value) => {
    expect(problemsOf(value)).toEqual(['headers']);
  });

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'naïve', 'a\0', 'x'.repeat(101)])('refuse the name %j', (name) => {
    expect(checkEndpointHeaders({ [name]: 'v' }).ok).toBe(false);
  });

  it.each(['a\r\nhost: evil', 'a\nb', 'a\rb', 'a\0b', '\u007f', 'snow ☃', '\u0100'])(
    'refuse the value %j',
    (value) => {
      expect(problemsOf({ 'x-a': value })).toEqual(['headers.x-a']);
    },
  );

  it.each(['', 'a\tb', 'café', '~!@#$%^&*()'])('take the value %j', (value) => {
    expect(checkEndpointHeaders({ 'x-a': value })).toEqual({ ok: true, headers: { 'x-a': value } });
  });

  it.each([1, null, {}, ['a']])('refuse %j as a value', (value) => {
    expect(problemsOf({ 'x-a': value })).toEqual(['headers.x-a']);
  });

  it.each([
    ...[
      'Host',
      'content-length',
      'Transfer-Encoding',
      'connection',
      'TE',
      'upgrade',
      'expect',
      'keep-alive',
      'trailer',
    ],
    ...[
      'proxy-authorization',
      'Proxy-Connection',
      'webhook-id',
      'Webhook-Signature',
      'warren-attempt',
      'warren-anything',
    ],
    ...['content-type', 'content-encoding', 'accept-encoding', 'user-agent', 'traceparent', 'http2-settings'],
  ])('cannot be %s', (name) => {
    expect(problemsOf({ [name]: 'v' })).toEqual([`headers.${name}`]);
  });

  it('cannot reach the prototype', () => {
    expect(problemsOf(JSON.parse('{"__proto__":"x"}'))).toEqual(['headers.__proto__']);
  });

  it('cannot hold the same name twice in different case', () => {
    expect(problemsOf({ 'X-A': '1', 'x-a': '2' })).toEqual(['headers.x-a']);
  });

  it('are at most 20', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, 'v']));
    expect(problemsOf(many(20))).toEqual([]);
    expect(problemsOf(many(21))).toEqual(['headers']);
  });

  it('take at most 4 KiB, names included', () => {
    expect(problemsOf({ 'x-a': 'v'.repeat(4093) })).toEqual([]);
    expect(problemsOf({ 'x-a': 'v'.repeat(4094) })).toEqual(['headers']);
  });

  it('are all judged at once, without quoting a value', () => {
    const check = checkEndpointHeaders({ host: 'topsecret', 'x-a': 'topsecret\n', 'x-b': 'fine' });
    expect(problemsOf({ host: 'topsecret', 'x-a': 'topsecret\n', 'x-b': 'fine' })).toEqual([
      'headers.host',
      'headers.x-a',
    ]);
    expect(JSON.stringify(check)).not.toContain('topsecret');
  });
});

describe('headers for the record', () => {
  it.each([
    ...[
      'authorization',
      'proxy-authorization',
      'cookie',
      'set-cookie',
      'x-api-key',
      'apikey',
      'x-auth-token',
      'x-auth',
    ],
    ...[
      'x-access-key',
      'x-client-secret',
      'x-password',
      'x-session-id',
      'x-amz-security-token',
      'x-csrf-token',
    ],
  ])('mask %s', (name) => {
    expect(redactHeaders({ [name]: 'hunter2' })).toEqual({ [name]: REDACTED });
  });

  it.each(['Bearer abc', 'basic dXNlcjpwYXNz', 'Token abc'])('mask the value %j under any name', (value) => {
    expect(redactHeaders({ 'x-odd': value })).toEqual({ 'x-odd': REDACTED });
  });

  it('keep what helps to see what happened', () => {
    const headers = {
      'content-type': 'application/json',
      'webhook-id': 'dlv_1',
      'webhook-signature': 'v1,abc',
      'retry-after': '120',
      'x-request-id': 'abc',
      'idempotency-key': 'k',
      'x-author': 'me',
    };
    expect(redactHeaders(headers)).toEqual(headers);
  });

  it('leave the original alone', () => {
    const headers = { authorization: 'Bearer abc' };
    redactHeaders(headers);
    expect(headers).toEqual({ authorization: 'Bearer abc' });
  });
});

describe('an answer by name', () => {
  it('is found once, and again when there were too many names to remember', () => {
    const test = jest.fn((name: string) => name.length > 3);
    const isLong = rememberedByName(test);
    expect([isLong('abc'), isLong('abcd'), isLong('abc'), isLong('abcd')]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(test).toHaveBeenCalledTimes(2);
    for (let n = 0; n < 10_000; n++) isLong(`name-${n}`);
    expect(isLong('abc')).toBe(false);
    expect(test).toHaveBeenCalledTimes(2 + 10_000 + 1);
  });
});
