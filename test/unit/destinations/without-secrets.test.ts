import { concealed } from '../../../src/destinations/without-secrets';

const answerOf = (body: Buffer, headers: Record<string, string> = {}) => ({
  durationMs: 1,
  response: { status: 200, headers, body },
});
const conceal = (body: Buffer, secret: string): string | undefined =>
  concealed(answerOf(body), [secret]).response?.body.toString('latin1');

it('a secret beyond ASCII is hidden as UTF-8 and as Latin-1, in a body and in headers', () => {
  const secret = 'geheim-äöü';
  expect(conceal(Buffer.from(`it was ${secret}!`), secret)).toBe('it was [redacted]!');
  expect(conceal(Buffer.from(`it was ${secret}!`, 'latin1'), secret)).toBe('it was [redacted]!');
  const headers = { utf8: secret, latin1: Buffer.from(secret).toString('latin1') };
  expect(concealed(answerOf(Buffer.alloc(0), headers), [secret]).response?.headers).toEqual({
    utf8: '[redacted]',
    latin1: '[redacted]',
  });
});

it.each([
  ['as JavaScript writes it', '{"secret":"pa/ss\\"wörd"}'],
  ['as Python does', '{"secret":"pa/ss\\"w\\u00f6rd"}'],
  ['as PHP does', '{"secret":"pa\\/ss\\"w\\u00f6rd"}'],
])('a secret is hidden in JSON, %s', (_, json) => {
  expect(conceal(Buffer.from(json), 'pa/ss"wörd')).toBe('{"secret":"[redacted]"}');
});

it('all else stays, byte for byte', () => {
  const body = Buffer.from([0xff, 0x00, 0x80, ...Buffer.from('secret-1 ä')]);
  const hidden = concealed(answerOf(body), ['secret-1']).response?.body;
  expect(hidden).toEqual(Buffer.from([0xff, 0x00, 0x80, ...Buffer.from('[redacted] ä')]));
});
