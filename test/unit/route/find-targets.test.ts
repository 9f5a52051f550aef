import { newId } from '../../../src/domain/ids';
import type { EndpointSettings, SubscriptionSettings } from '../../../src/domain/nouns';
import { everyEventOf } from '../../../src/domain/settings';
import { findTargets } from '../../../src/route/find-targets';
import { ENDPOINT, TENANT, makeEndpoint } from '../made-up-tenant';

const subscription = (endpointId = ENDPOINT): SubscriptionSettings => ({
  id: newId('subscription'),
  tenantId: TENANT,
  endpointId,
  ...everyEventOf(['#']),
  enabled: true,
});

function targetsOf(endpoints: EndpointSettings[], subscriptions: SubscriptionSettings[]) {
  const subscribersOf = jest.fn(() => subscriptions);
  const config = {
    tenantId: TENANT,
    slug: 'acme',
    version: 1,
    endpoints: new Map(endpoints.map((endpoint) => [endpoint.id, endpoint])),
    subscribersOf,
  };
  const targets = findTargets(config, { type: 'order.placed' });
  expect(subscribersOf).toHaveBeenCalledWith('order.placed');
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

  it('leave out what leads to no endpoint', () => {
    const there = subscription();
    const targets = targetsOf([makeEndpoint()], [subscription(newId('endpoint')), there]);
    expect(targets.map(({ subscriptionId }) => subscriptionId)).toEqual([there.id]);
    expect(targetsOf([], [])).toEqual([]);
  });
});
