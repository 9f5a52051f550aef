import { typeFilter } from '../../../../src/cli/remote/tail';

describe('the types that tail shows', () => {
  it('are all, or those that any pattern fits', () => {
    expect(typeFilter([])('order.placed')).toBe(true);
    const shows = typeFilter(['order.*', 'user.#', 'ping']);
    expect(['order.placed', 'user', 'user.a.b', 'ping'].every(shows)).toBe(true);
    expect(['order', 'order.a.b', 'ping.pong'].some(shows)).toBe(false);
  });

  it('are not guessed from what is no pattern', () => {
    expect(() => typeFilter(['order.**'])).toThrow(
      '"order.**" is no event type or pattern: write order.placed, order.* or order.#',
    );
  });
});
