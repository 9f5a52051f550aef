import { makeFailpoint } from '../../../src/runtime/failpoint';

it('does nothing without a setting', () => {
  const die = jest.fn();
  makeFailpoint(undefined, die)('route.written');
  expect(die).not.toHaveBeenCalled();
});

it('dies at the nth pass of its own place and of no other', () => {
  const die = jest.fn();
  const failpoint = makeFailpoint('record.sent:2', die);
  failpoint('record.sent');
  failpoint('record.written');
  expect(die).not.toHaveBeenCalled();
  failpoint('record.sent');
  expect(die).toHaveBeenCalledTimes(1);
});

it('refuses a name that it does not know, and says which there are', () => {
  expect(() => makeFailpoint('record.snet', jest.fn())).toThrow(
    /none called record.snet; there are api.claimed/,
  );
});
