import { readClaims } from '../../../src/api/sign-in/token-claims';

it('reads no token whose end no calendar has: it would never come', () => {
  const claims = { sub: 'somebody', tenant: 'acme', scope: 'events:read' };
  expect(readClaims({ ...claims, exp: 1_790_000_000 })?.expiresAt).toEqual(new Date(1_790_000_000_000));
  for (const exp of [8.65e12, 1e300, -8.65e12]) expect(readClaims({ ...claims, exp })).toBeUndefined();
});
