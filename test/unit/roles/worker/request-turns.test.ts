import type { EndpointSettings } from '../../../../src/domain/nouns';
import { makeRequestTurns } from '../../../../src/roles/worker/request-turns';
import type { TenantConfig } from '../../../../src/store/config/tenant-config';
import { ENDPOINT, makeDue, makeEndpoint } from '../../made-up-tenant';

/** Whether a delivery that there is no place for would have to wait for one. */
function mustWait(endpoint: EndpointSettings | 'deleted' | 'unknown', isReleased = false): boolean {
  let needNotWait: (() => boolean) | undefined;
  const endpoints = new Map(typeof endpoint === 'string' ? [] : [[ENDPOINT, endpoint]]);
  const config = endpoint === 'unknown' ? undefined : ({ endpoints } as unknown as TenantConfig);
  const turns = makeRequestTurns(
    { peek: () => config },
    {
      begin: (_endpointId, _isReleased, asked) => ((needNotWait = asked), 1),
      sent: () => undefined,
      end: () => undefined,
    },
    { holdReason: ({ status }) => (status === 'ACTIVE' ? undefined : status) },
  );
  void turns.begin(makeDue(), isReleased);
  return needNotWait?.() === false;
}

describe('a delivery that there is no place for', () => {
  it('waits where it would be sent, and where nobody can say', () => {
    expect(mustWait(makeEndpoint())).toBe(true);
    expect(mustWait('unknown')).toBe(true);
  });

  it('does not wait where it would be cancelled, or held', () => {
    expect(mustWait('deleted')).toBe(false);
    expect(mustWait(makeEndpoint({ status: 'PAUSED' }))).toBe(false);
  });

  it('does not wait where its gate keeps a bound of its own', () => {
    expect(mustWait(makeEndpoint({ maxInFlight: 1000 }), true)).toBe(false);
  });

  it('is not held again where its gate has let it go', () => {
    expect(mustWait(makeEndpoint({ status: 'PAUSED' }), true)).toBe(true);
  });
});
