import { Webhook } from 'standardwebhooks';
import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import type { TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

async function subscribe(path: string, rules: object): Promise<{ id: string; secret: string }> {
  const { id: endpointId, secret } = await acme.endpoint({ url: receiver.url(path) });
  const { webhookSubscriptionCreate } = await acme.client.ask<{
    webhookSubscriptionCreate: { webhookSubscription: { id: string } | null; userErrors: unknown[] };
  }>(
    `mutation ($input: WebhookSubscriptionInput!) { webhookSubscriptionCreate(input: $input) {
       webhookSubscription { id } userErrors { field code message } } }`,
    { input: { endpointId, ...rules } },
  );
  expect(webhookSubscriptionCreate.userErrors).toEqual([]);
  return { id: webhookSubscriptionCreate.webhookSubscription?.id ?? '', secret };
}

const arrivalAt = async (path: string): Promise<Receiver['arrivals'][number]> => {
  await waitUntil(() => receiver.arrivals.some((arrival) => arrival.path === path));
  const found = receiver.arrivals.find((arrival) => arrival.path === path);
  if (!found) throw new Error(`nothing came to ${path}`);
  return found;
};

it('sends the included fields alone, with every digit, signed as sent', async () => {
  const { secret } = await subscribe('/fields', {
    eventTypes: ['fields.#'],
    includeFields: ['id', 'items.sku'],
  });
  const data = '{"id":12345678901234567890,"card":"4111","items":[{"sku":"a","cost":1},{"sku":"b"}]}';
  await warren.publish('acme', 'fields.placed', Buffer.from(data));
  const { body, headers } = await arrivalAt('/fields');
  expect(body.toString()).toMatch(
    /"data":\{"id":12345678901234567890,"items":\[\{"sku":"a"\},\{"sku":"b"\}\]\}\}$/,
  );
  new Webhook(secret).verify(body, headers as Record<string, string>);
});

it('sends what a transform makes of the included fields, and has it on record', async () => {
  await subscribe('/transform', {
    eventTypes: ['made.#'],
    includeFields: ['id', 'first', 'last'],
    transform:
      '{ "id": data.id, "name": data.first & " " & data.last, "type": type, "tenant": tenant, "card": data.card }',
  });
  const data = '{"id":12345678901234567890,"first":"Ann","last":"Lee","card":"4111"}';
  await warren.publish('acme', 'made.up', Buffer.from(data));
  const { body } = await arrivalAt('/transform');
  expect(body.toString()).toContain(
    '"data":{"id":12345678901234567890,"name":"Ann Lee","type":"made.up","tenant":"acme"}}',
  );
  await waitUntil(async () => {
    const [delivery] = await acme.deliveries({ types: ['made.up'] });
    return delivery?.status === 'DELIVERED' && delivery.attempts[0]?.requestBody === body.toString();
  });
});

it('makes failed attempts of a transform that fails, up the ladder to its end', async () => {
  await subscribe('/failing', { eventTypes: ['failing.#'], transform: 'data.total * 2' });
  await warren.publish('acme', 'failing.order', { total: 'much' });
  await waitUntil(async () => {
    const [delivery] = await acme.deliveries({ types: ['failing.order'] });
    return delivery?.status === 'DEAD_LETTERED';
  }, 20_000);
  const [delivery] = await acme.deliveries({ types: ['failing.order'] });
  expect(delivery?.attempts.map(({ error, requestBody }) => ({ error, requestBody }))).toEqual(
    Array.from({ length: 3 }, () => ({ error: 'TRANSFORM', requestBody: null })),
  );
  expect(receiver.arrivals.some(({ path }) => path === '/failing')).toBe(false);
}, 40_000);

it('cancels a retry whose subscription is gone', async () => {
  const { id } = await subscribe('/gone', { eventTypes: ['gone.#'], transform: 'data.total * 2' });
  await warren.publish('acme', 'gone.order', { total: 'much' });
  await waitUntil(async () => ((await acme.deliveries({ types: ['gone.order'] }))[0]?.attemptCount ?? 0) > 0);
  await acme.client.ask('mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedId } }', { id });
  await waitUntil(async () => {
    const [delivery] = await acme.deliveries({ types: ['gone.order'] });
    return delivery?.status === 'CANCELLED' && delivery.lastError === 'SUBSCRIPTION_DELETED';
  }, 20_000);
}, 40_000);

it('refuses an expression and paths that cannot be used, and says where', async () => {
  const { id: endpointId } = await acme.endpoint({ url: receiver.url('/bad') });
  const { webhookSubscriptionCreate } = await acme.client.ask<{
    webhookSubscriptionCreate: { userErrors: unknown[] };
  }>(
    `mutation ($input: WebhookSubscriptionInput!) { webhookSubscriptionCreate(input: $input) { userErrors { field code message } } }`,
    { input: { endpointId, eventTypes: ['#'], transform: '{"a": data.b', includeFields: ['a', 'a..b'] } },
  );
  expect(webhookSubscriptionCreate.userErrors).toEqual([
    {
      field: ['transform'],
      code: 'INVALID',
      message: 'transform cannot be used: Expected "}" before end of expression (at character 12)',
    },
    {
      field: ['includeFields', '1'],
      code: 'INVALID',
      message: 'a path is names with dots between them, such as order.items.sku',
    },
  ]);
});
