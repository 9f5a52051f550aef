import { localUrl } from '../../../../src/cli/remote/listen';

describe('where to send what comes', () => {
  it.each([
    ['http://localhost:3000/hook', 'http://localhost:3000/hook'],
    ['localhost:3000/hook', 'http://localhost:3000/hook'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000/'],
    ['https://dev.test/', 'https://dev.test/'],
  ])('is %s', (text, url) => {
    expect(localUrl(text).href).toBe(url);
  });

  it.each(['hook', 'ftp://localhost/', 'localhost:hook', 'localhost:99999', ''])('is not %j', (text) => {
    expect(() => localUrl(text)).toThrow(/give one such as/);
  });
});
