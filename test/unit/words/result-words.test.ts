import { readFileSync } from 'node:fs';
import { CANCEL_REASONS } from '../../../src/domain/delivery/cancel-reason';
import { explain } from '../../../src/portal/deliveries/why-it-failed';
import { cancelWords, resultWords } from '../../../src/words/result-words';

/** The codes of failed attempts, as docs/errors.md lists them: all there are, see error-catalogue.test.ts. */
const attemptErrors = (): string[] => {
  const [, section = ''] = readFileSync('docs/errors.md', 'utf8').split('\n## Attempt errors\n');
  return [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code ?? '');
};

it('has words and advice for every way in which an attempt fails', () => {
  const codes = attemptErrors();
  expect(codes).toContain('DOWNGRADE');
  expect(codes).toContain('TIMEOUT');
  for (const code of codes) {
    expect(resultWords(code)).not.toBe(code);
    expect(explain(code)?.title).not.toContain(code);
  }
  expect(resultWords('HTTP_503')).toBe('HTTP 503');
  expect(resultWords('LATER')).toBe('LATER');
});

it('says why Warren cancelled a delivery, and nothing of one that somebody cancelled', () => {
  for (const code of CANCEL_REASONS) expect(cancelWords(code)).toBe(resultWords(code));
  expect([cancelWords(null), cancelWords('HTTP_500')]).toEqual([undefined, undefined]);
});
