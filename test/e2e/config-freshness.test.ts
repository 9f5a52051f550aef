import { Webhook } from 'standardwebhooks';
import { startReceiver, type Arrival, type Receiver } from '../support/outsiders/receiver';
import type { MadeEndpoint, TenantUnderTest } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
/** The same tenant through two processes that share the broker and the database. */
let here: TenantUnderTest;
let there: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  const first = await warren.start();
  const second = await warren.start();
  receiver = await startReceiver();
  here = await warren.tenant('acme', first.graphqlUrl);
  there = here.through(second.graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

it('applies a subscription to an event that another process publishes right after the mutation returned, 30 times', async () => {
  const rounds = Array.from({ length: 30 }, (_, n) => n);
  for (const n of rounds) {
    const [creator, publisher] = n % 2 === 0 ? [here, there] : [there, here];
    await creator.endpoint({ url: receiver.url(`/fresh/${n}`), eventTypes: [`fresh.${n}`] });
    await publisher.publish({ type: `fresh.${n}`, data: { n } });
  }
  await waitUntil(() => receiver.arrivals.filter(({ path }) => path.startsWith('/fresh/')).length >= 30);
  for (const n of rounds) expect(receiver.at(`/fresh/${n}`)).toHaveLength(1);
});

it('applies a new pattern and a new url of an old subscription at once, too', async () => {
  const { id, subscriptions } = await here.endpoint({
    url: receiver.url('/old-url'),
    eventTypes: ['before'],
  });
  for (let n = 0; n < 10; n++) {
    await here.client.ask(
      'mutation ($input: WebhookSubscriptionUpdateInput!) { webhookSubscriptionUpdate(input: $input) { userErrors { code } } }',
      { input: { id: subscriptions[0]?.id, eventTypes: [`after.${n}`] } },
    );
    await here.client.ask(
      'mutation ($input: EndpointUpdateInput!) { endpointUpdate(input: $input) { userErrors { code } } }',
      {
        input: { id, url: receiver.url(`/new-url/${n}`) },
      },
    );
    await there.publish({ type: `after.${n}` });
    await waitUntil(() => receiver.at(`/new-url/${n}`).length === 1);
    expect(receiver.at(`/new-url/${n}`)[0]?.headers['warren-event-type']).toBe(`after.${n}`);
  }
  expect(receiver.at('/old-url')).toHaveLength(0);
});

it('applies a subscription to events from plain AMQP within a second', async () => {
  await warren.publish('acme', 'plain.amqp', { warm: true });
  await here.endpoint({ url: receiver.url('/plain'), eventTypes: ['plain.amqp'] });
  const startMs = Date.now();
  await waitUntil(async () => {
    await warren.publish('acme', 'plain.amqp', { sentAfterMs: Date.now() - startMs });
    return receiver.at('/plain').length > 0;
  });
  const { data } = JSON.parse(receiver.at('/plain')[0]?.body.toString() ?? '') as {
    data: { sentAfterMs: number };
  };
  expect(data.sentAfterMs).toBeLessThanOrEqual(1000);
});

it('stops at once when a subscription or an endpoint is deleted', async () => {
  await here.endpoint({ url: receiver.url('/stays'), eventTypes: ['stop.*'] });
  const { subscriptions } = await here.endpoint({
    url: receiver.url('/unsubscribed'),
    eventTypes: ['stop.*'],
  });
  const { id } = await here.endpoint({ url: receiver.url('/deleted'), eventTypes: ['stop.*'] });
  await there.publish({ type: 'stop.before' });
  await waitUntil(() =>
    ['/stays', '/unsubscribed', '/deleted'].every((path) => receiver.at(path).length === 1),
  );
  await here.client.ask('mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedId } }', {
    id: subscriptions[0]?.id,
  });
  await here.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });
  const { eventId } = await there.publish({ type: 'stop.after' });
  await waitUntil(() => receiver.at('/stays').length === 2);
  // Its only delivery has arrived, so there is nothing else on its way.
  expect(await here.deliveries({ eventId })).toHaveLength(1);
  expect(receiver.at('/unsubscribed')).toHaveLength(1);
  expect(receiver.at('/deleted')).toHaveLength(1);
});

it('makes no attempt at an endpoint that was deleted while the delivery waited on the ladder', async () => {
  receiver.answer(({ path }) => (path.startsWith('/failing') ? { status: 500 } : {}));
  const { id } = await here.endpoint({
    url: receiver.url('/failing'),
    retrySchedule: [1],
    eventTypes: ['late.delete'],
  });
  await here.publish({ type: 'late.delete' });
  await waitUntil(async () => (await here.deliveries({ types: ['late.delete'] }))[0]?.status === 'RETRYING');
  await there.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id });
  await waitUntil(async () => (await here.deliveries({ types: ['late.delete'] }))[0]?.status === 'CANCELLED');
  expect(receiver.at('/failing')).toHaveLength(1);
});

describe('a rotated secret', () => {
  const OVERLAP_SECONDS = 3;
  let endpoint: MadeEndpoint;
  let newSecret: string;
  let rotatedAtMs: number;

  const verifies = (secret: string, { body, headers }: Arrival): boolean => {
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  };
  async function next(data: number): Promise<Arrival> {
    await there.publish({ type: 'rotating', data });
    const find = (): Arrival | undefined =>
      receiver
        .at('/rotating')
        .find(({ body }) => (JSON.parse(body.toString()) as { data: number }).data === data);
    await waitUntil(() => find() !== undefined);
    return find() as Arrival;
  }

  it('signs together with the one before it at once', async () => {
    endpoint = await here.endpoint({ url: receiver.url('/rotating'), eventTypes: ['rotating'] });
    expect(verifies(endpoint.secret, await next(1))).toBe(true);
    rotatedAtMs = Date.now();
    const { endpointSecretRotate } = await here.client.ask<{
      endpointSecretRotate: { endpoint: { secret: string } };
    }>(
      'mutation ($input: EndpointSecretRotateInput!) { endpointSecretRotate(input: $input) { endpoint { secret } userErrors { code } } }',
      { input: { id: endpoint.id, overlapSeconds: OVERLAP_SECONDS } },
    );
    newSecret = endpointSecretRotate.endpoint.secret;
    expect(newSecret).not.toBe(endpoint.secret);
    const arrival = await next(2);
    expect(verifies(newSecret, arrival)).toBe(true);
    expect(verifies(endpoint.secret, arrival)).toBe(true);
  });

  it('signs alone once the overlap is over', async () => {
    await waitUntil(() => Date.now() - rotatedAtMs > OVERLAP_SECONDS * 1000 + 100);
    const arrival = await next(3);
    expect(verifies(newSecret, arrival)).toBe(true);
    expect(verifies(endpoint.secret, arrival)).toBe(false);
    expect(String(arrival.headers['webhook-signature'])).not.toContain(' ');
  });

  it('is told to its tenant by an event', async () => {
    await there.endpoint({ url: receiver.url('/told'), eventTypes: ['warren.secret.*'] });
    await here.client.ask(
      'mutation ($input: EndpointSecretRotateInput!) { endpointSecretRotate(input: $input) { userErrors { code } } }',
      { input: { id: endpoint.id, overlapSeconds: 0 } },
    );
    await waitUntil(() => receiver.at('/told').length === 1);
    const [told] = receiver.at('/told');
    expect(JSON.parse(told?.body.toString() ?? '')).toMatchObject({
      type: 'warren.secret.rotated',
      data: { endpointId: endpoint.id },
    });
    expect(told?.body.toString()).not.toContain('whsec_');
  });
});
