import crypto from 'node:crypto';
import { isSameSecret } from '../../../src/domain/is-same-secret';

describe('two secrets', () => {
  it.each([
    ['', '', true],
    ['secret', 'secret', true],
    ['secret', 'Secret', false],
    ['secret', 'secret ', false],
    ['', 'secret', false],
    ['é', 'e', false],
  ])('%j and %j: %s', (given, expected, isSame) => {
    expect(isSameSecret(Buffer.from(given), Buffer.from(expected))).toBe(isSame);
  });

  it('are compared whole, whichever byte differs first', () => {
    const compare = jest.spyOn(crypto, 'timingSafeEqual');
    const expected = Buffer.alloc(32, 1);
    for (const at of [0, 15, 31]) {
      const given = Buffer.from(expected);
      given[at] = 2;
      expect(isSameSecret(given, expected)).toBe(false);
      expect(compare).toHaveBeenLastCalledWith(given, expected);
    }
    expect(compare).toHaveBeenCalledTimes(3);
    compare.mockRestore();
  });
});
