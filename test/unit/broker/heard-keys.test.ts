import { UNHEARD_MS, makeHeardKeys } from '../../../src/broker/heard-keys';

let now: number;
beforeEach(() => (now = 1_000));
const make = () => makeHeardKeys(() => now);

it('asks only about a key that comes again soon, for what comes back costs more than what is dropped', () => {
  const keys = make();
  expect(keys.next('a')).toBe('plain');
  now += UNHEARD_MS - 1;
  expect(keys.next('a')).toBe('ask');
  now += UNHEARD_MS;
  expect(keys.next('a')).toBe('plain');
});

it('leaves out what nobody hears, then asks again', () => {
  const keys = make();
  keys.next('a');
  keys.next('a');
  keys.unheard('a');
  now += UNHEARD_MS - 1;
  expect(keys.next('a')).toBe('skip');
  now += 1;
  expect(keys.next('a')).not.toBe('skip');
  expect(keys.next('a')).toBe('ask');
});

it('knows each key for itself: somebody may hear one endpoint and not the next', () => {
  const keys = make();
  for (const key of ['a', 'a', 'b', 'b']) keys.next(key);
  keys.unheard('a');
  expect(keys.next('a')).toBe('skip');
  expect(keys.next('b')).toBe('ask');
});

it('makes nothing of a key that it has forgotten or never saw', () => {
  const keys = make();
  keys.unheard('a');
  expect(keys.next('a')).toBe('plain');
});
