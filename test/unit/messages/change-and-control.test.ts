import { encodeControl, parseControl, type ControlMessage } from '../../../src/messages/control';
import { changeRoutingKey, encodeChange, parseChanges } from '../../../src/messages/delivery-change';
import { ENDPOINT, TENANT, makeChange } from '../made-up-tenant';

describe('a status message', () => {
  it('arrives as it was sent', () => {
    const change = makeChange(7, { status: 'RETRYING', attempt: 3 });
    expect(parseChanges(encodeChange(change))).toEqual([change]);
  });

  it('goes under tenant, endpoint and status, so that others can bind to what they want', () => {
    expect(changeRoutingKey(makeChange(1, { status: 'DEAD_LETTERED' }))).toBe(
      `acme.${ENDPOINT}.DEAD_LETTERED`,
    );
  });
});

describe('a control message', () => {
  it.each<ControlMessage>([
    { kind: 'config', tenantId: TENANT, version: 12 },
    { kind: 'key-revoked', keyId: 'key_01h2xcejqtf2nbrexx3vqjhp41' },
  ])('arrives as it was sent', (message) => {
    expect(parseControl(encodeControl(message))).toEqual(message);
  });
});
