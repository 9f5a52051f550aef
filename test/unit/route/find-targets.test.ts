import { newId } from '../../../src/domain/ids';
import type { EndpointSettings, SubscriptionSettings } from '../../../src/domain/nouns';
import { everyEventOf } from '../../../src/domain/settings';
import { findTargets } from '../../../src/route/find-targets';
import { ENDPOINT, TENANT, makeEndpoint } from '../made-up-tenant';
import { atOnce, ready } from '../../../src/domain/pieces';

const subscription = (endpointId = ENDPOINT): SubscriptionSettings => ({
  id: newId('subscription'),
  tenantId: TENANT,
  endpointId,
  ...everyEventOf(['#']),
  enabled: true,
});

function targetsOf(
  endpoints: EndpointSettings[],
  subscriptions: SubscriptionSettings[],
  undecided: SubscriptionSettings[] = [],
) {
  const subscribersOf = jest.fn((_type: string, event: () => object) => {
    seen = event();
    return ready({ found: subscriptions, undecided });
  });
  let seen: object | undefined;
  const config = {
    tenantId: TENANT,
    slug: 'acme',
    version: 1,
    endpoints: new Map(endpoints.map((endpoint) => [endpoint.id, endpoint])),
    subscribersOf,
  };
  const at = new Date('2026-01-02T03:04:05.678Z');
  const event = { id: newId('event'), tenantId: TENANT, type: 'order.placed', version: 2, occurredAt: at };
  const whole = { ...event, data: Buffer.from('{}'), receivedAt: at };
  const { targets, version } = atOnce(findTargets(config, whole, { total: 4 }));
  expect(version).toBe(1);
  expect(subscribersOf).toHaveBeenCalledWith('order.placed', expect.any(Function), undefined);
  expect(seen).toEqual({
    ...{ id: event.id, type: 'order.placed', version: 2, tenant: 'acme', data: { total: 4 } },
    timestamp: '2026-01-02T03:04:05.678Z',
  });
  return targets;
}

describe('the targets of an event', () => {
  it('are one per subscription, also when two lead to one endpoint', () => {
    const [one, two] = [subscription(), subscription()];
    expect(targetsOf([makeEndpoint()], [one, two])).toEqual([
      { subscriptionId: one.id, endpointId: ENDPOINT, status: 'PENDING' },
      { subscriptionId: two.id, endpointId: ENDPOINT, status: 'PENDING' },
    ]);
  });

  it.each(['PAUSED', 'DISABLED'] as const)('are held when the endpoint is %s, and say so', (status) => {
    expect(targetsOf([makeEndpoint({ status })], [subscription()])).toMatchObject([
      { status: 'HELD', heldBecause: status },
    ]);
  });

  it('are held for their filter where that was not asked, whatever their endpoint says', () => {
    const [sure, late, lost] = [subscription(), subscription(), subscription(newId('endpoint'))];
    expect(targetsOf([makeEndpoint({ status: 'PAUSED' })], [sure], [late, lost])).toEqual([
      { subscriptionId: sure.id, endpointId: ENDPOINT, status: 'HELD', heldBecause: 'PAUSED' },
      { subscriptionId: late.id, endpointId: ENDPOINT, status: 'HELD', heldBecause: 'FILTER' },
    ]);
  });

  it('leave out what leads to no endpoint', () => {
    const there = subscription();
    const targets = targetsOf([makeEndpoint()], [subscription(newId('endpoint')), there]);
    expect(targets.map(({ subscriptionId }) => subscriptionId)).toEqual([there.id]);
    expect(targetsOf([], [])).toEqual([]);
  });
});
