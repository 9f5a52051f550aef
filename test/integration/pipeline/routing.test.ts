import { makeDatabase, type Database } from '../../../src/store/database';
import { makeHousekeeping } from '../../../src/store/upkeep/housekeeping';
import { readRoutingHistory } from '../../../src/store/config/routing-history';
import { saveEventType } from '../../support/event-types';
import { makeGraphqlClient } from '../../support/graphql-client';
import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import type { MadeEndpoint, TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let url: string;
let acme: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  url = (await warren.start()).graphqlUrl;
  receiver = await startReceiver();
  acme = await warren.tenant('acme', url);
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

interface Verdict {
  endpoint: { name: string };
  subscription: { id: string } | null;
  matched: boolean;
  reason: string;
}

const ROUTING = 'routing { endpoint { name } subscription { id } matched reason }';

async function verdictsOf(tenant: TenantUnderTest, eventId: string): Promise<Verdict[]> {
  const { event } = await tenant.client.ask<{ event: { routing: Verdict[] } | null }>(
    `query ($id: ID!) { event(id: $id) { ${ROUTING} } }`,
    { id: eventId },
  );
  return event?.routing ?? [];
}

/** Endpoint name to reason, of the endpoints whose name begins with a word. */
const reasonsOf = async (tenant: TenantUnderTest, eventId: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await verdictsOf(tenant, eventId)).map(({ endpoint, reason }) => [endpoint.name, reason]),
  );

const endpoint = (tenant: TenantUnderTest, name: string, eventTypes?: string[]): Promise<MadeEndpoint> =>
  tenant.endpoint({
    url: receiver.url(`/${name.replaceAll(' ', '-')}`),
    name,
    ...(eventTypes ? { eventTypes } : {}),
  });

async function change(tenant: TenantUnderTest, mutation: string, variables: object): Promise<void> {
  const { answer } = await tenant.client.ask<{ answer: { userErrors: unknown[] } }>(mutation, {
    ...variables,
  });
  expect(answer.userErrors).toEqual([]);
}

const subscribe = (tenant: TenantUnderTest, input: object) =>
  change(
    tenant,
    `mutation ($input: WebhookSubscriptionInput!) {
       answer: webhookSubscriptionCreate(input: $input) { userErrors { field code message } } }`,
    { input },
  );

const resubscribe = (tenant: TenantUnderTest, input: object) =>
  change(
    tenant,
    `mutation ($input: WebhookSubscriptionUpdateInput!) {
       answer: webhookSubscriptionUpdate(input: $input) { userErrors { field code message } } }`,
    { input },
  );

const remove = (tenant: TenantUnderTest, field: string, id: string | undefined) =>
  change(tenant, `mutation ($id: ID!) { answer: ${field}(id: $id) { userErrors { code } } }`, { id });

async function routed(tenant: TenantUnderTest, input: { type: string; data?: unknown }): Promise<string> {
  const { eventId } = await tenant.publish(input);
  await waitUntil(async () => (await verdictsOf(tenant, eventId)).length > 0);
  return eventId;
}

describe('a filter', () => {
  it('lets through what matches, by the data, the type and the version, and nothing else', async () => {
    const { id } = await endpoint(acme, 'filtered');
    const filter = {
      type: [{ prefix: 'filter.' }],
      tenant: ['acme'],
      $or: [{ data: { total: [{ numeric: ['>', 100] }] } }, { version: [2] }],
    };
    await subscribe(acme, { endpointId: id, eventTypes: ['#'], filter });
    const published = [
      { type: 'filter.a', data: { total: 101, way: 'total' } },
      { type: 'filter.a', data: { total: 100 } },
      { type: 'filter.b', data: 'text', version: 2 },
      { type: 'other.a', data: { total: 101 } },
      { type: 'filter.a', data: [{ total: 1 }, { total: 200, way: 'list' }] },
    ];
    for (const input of published) await acme.publish(input);
    await warren.publish('acme', 'filter.amqp', { total: 99 });
    await warren.publish('acme', 'filter.amqp', { total: 1e3, way: 'amqp' });
    await waitUntil(() => receiver.at('/filtered').length === 4);
    const bodies = receiver
      .at('/filtered')
      .map(({ body }) => (JSON.parse(body.toString()) as { data: unknown }).data);
    expect(bodies).toHaveLength(4);
    expect(bodies).toEqual(
      expect.arrayContaining([published[0]?.data, 'text', published[4]?.data, { total: 1000, way: 'amqp' }]),
    );
  });

  it('that is malformed is refused, with the way to the fault', async () => {
    const { id } = await endpoint(acme, 'malformed');
    const { answer } = await acme.client.ask<{ answer: { userErrors: unknown } }>(
      `mutation ($input: WebhookSubscriptionInput!) {
         answer: webhookSubscriptionCreate(input: $input) { userErrors { field code message } } }`,
      {
        input: { endpointId: id, eventTypes: ['#'], filter: { data: { total: [{ numeric: ['>', 'x'] }] } } },
      },
    );
    expect(answer.userErrors).toEqual([
      {
        code: 'INVALID',
        field: ['filter', 'data', 'total', '0', 'numeric'],
        message: expect.stringMatching(/^numeric must be \[operator, number\]/) as string,
      },
    ]);
  });

  it('that got into the database unreadable matches nothing, and is logged', async () => {
    const { id, subscriptions } = await endpoint(acme, 'unreadable', ['unreadable.#']);
    await endpoint(acme, 'beside', ['unreadable.#']);
    await warren.sql(`update webhook_subscriptions set filter = '{"x":1}' where event_types = '["unreadable.#"]'
      and endpoint_id = (select id from endpoints where name = 'unreadable')`);
    await endpoint(acme, 'raises the version');
    await acme.publish({ type: 'unreadable.a' });
    await waitUntil(() => receiver.at('/beside').length === 1);
    expect(receiver.at('/unreadable')).toHaveLength(0);
    const logged = warren.logLines.filter((line) => line.includes('filter.unreadable'));
    expect(logged.some((line) => line.includes(subscriptions[0]?.id ?? 'no'))).toBe(true);
    expect(id).toBeTruthy();
  });
});

describe('the routing of an event', () => {
  let tenant: TenantUnderTest;
  beforeAll(async () => {
    tenant = await warren.tenant('explained', url);
  });

  it('says of each endpoint why it did or did not get it, as the settings stood', async () => {
    const filtered = await endpoint(tenant, 'filtered');
    const filter = { data: { total: [{ numeric: ['>', 100] }], country: ['DE'] } };
    await subscribe(tenant, { endpointId: filtered.id, eventTypes: ['order.#'], filter });
    const matching = await endpoint(tenant, 'matching', ['order.*']);
    await endpoint(tenant, 'other type', ['order.paid', 'user.*']);
    const off = await endpoint(tenant, 'switched off', ['#']);
    await resubscribe(tenant, { id: off.subscriptions[0]?.id, enabled: false });
    await endpoint(tenant, 'without');
    const deletedBefore = await endpoint(tenant, 'deleted before', ['#']);
    await remove(tenant, 'endpointDelete', deletedBefore.id);
    const deletedAfter = await endpoint(tenant, 'deleted after', ['#']);
    const lost = await endpoint(tenant, 'subscription deleted', ['#']);
    await remove(tenant, 'webhookSubscriptionDelete', lost.subscriptions[0]?.id);

    const eventId = await routed(tenant, { type: 'order.placed', data: { total: 40, country: 'DE' } });
    const asRouted = {
      filtered: 'filter: data.total must be > 100, was 40',
      matching: 'matched',
      'other type': 'type order.placed does not match order.paid, user.*',
      'switched off': 'subscription disabled',
      without: 'the endpoint had no subscription',
      'deleted before': 'endpoint deleted before the event',
      'deleted after': 'matched',
      'subscription deleted': 'the endpoint had no subscription',
    };
    expect(await reasonsOf(tenant, eventId)).toEqual(asRouted);

    const [subscription] = await subscriptionsOf(tenant, filtered.id);
    await resubscribe(tenant, { id: subscription?.id, filter: null });
    await resubscribe(tenant, { id: matching.subscriptions[0]?.id, eventTypes: ['nothing'] });
    await resubscribe(tenant, { id: off.subscriptions[0]?.id, enabled: true });
    await remove(tenant, 'endpointDelete', deletedAfter.id);
    await endpoint(tenant, 'came later', ['#']);
    await subscribe(tenant, { endpointId: lost.id, eventTypes: ['#'] });
    expect(await reasonsOf(tenant, eventId)).toEqual({
      ...asRouted,
      'came later': 'endpoint created after the event',
      'subscription deleted': 'subscription created after the event',
    });

    const next = await routed(tenant, { type: 'order.placed', data: {} });
    expect(await reasonsOf(tenant, next)).toEqual({
      ...asRouted,
      filtered: 'matched',
      matching: 'type order.placed does not match nothing',
      'switched off': 'matched',
      'deleted after': 'endpoint deleted before the event',
      'came later': 'matched',
      'subscription deleted': 'matched',
    });
  });

  it('says which scope kept it from everybody, as it stood then, in the words of the preview', async () => {
    const operator = makeGraphqlClient(url, warren.operatorKey);
    await saveEventType(operator, { name: 'vip.entered', requiredScope: 'vip' });
    const guest = await warren.tenant('guest', url);
    const { id } = await endpoint(guest, 'all', ['vip.*']);
    await endpoint(guest, 'other', ['order.*']);
    const before = await routed(guest, { type: 'vip.entered', data: {} });
    const lacking = 'vip.entered needs vip, which this tenant has not been granted';
    const asRouted = { all: lacking, other: 'type vip.entered does not match order.*' };
    expect(await reasonsOf(guest, before)).toEqual(asRouted);
    const preview = async () => {
      const { seen } = await guest.client.ask<{ seen: { requests: { reason: string | null }[] } }>(
        `query ($input: WebhookSubscriptionInput!, $eventId: ID) {
           seen: webhookSubscriptionPreview(input: $input, eventId: $eventId) { requests { reason } } }`,
        { input: { endpointId: id, eventTypes: ['vip.*'] }, eventId: before },
      );
      return seen.requests[0]?.reason;
    };
    expect(await preview()).toBe(lacking);

    await change(
      { ...guest, client: operator },
      'mutation ($input: TenantUpdateInput!) { answer: tenantUpdate(input: $input) { userErrors { code } } }',
      { input: { id: guest.id, scopes: ['vip'] } },
    );
    const after = await routed(guest, { type: 'vip.entered', data: {} });
    expect(await reasonsOf(guest, after)).toEqual({ ...asRouted, all: 'matched' });
    expect(await reasonsOf(guest, before)).toEqual(asRouted);
    expect(await preview()).toBeNull();
  });

  it('names the subscriptions that are there, and the deliveries are just those that matched', async () => {
    const eventId = await routed(tenant, { type: 'order.again', data: {} });
    const verdicts = await verdictsOf(tenant, eventId);
    const matched = verdicts.filter(({ matched: did }) => did);
    expect(matched.length).toBeGreaterThan(1);
    expect(matched.every(({ subscription }) => subscription !== null)).toBe(true);
    expect(await tenant.deliveries({ eventId })).toHaveLength(matched.length);
  });

  it('says that a match was held, and since when, after a receiver has gone for good', async () => {
    const shop = await warren.tenant('held', url);
    await endpoint(shop, 'gone', ['#']);
    receiver.answer(({ path }) => (path === '/gone' ? { status: 410 } : {}));
    await shop.publish({ type: 'first' });
    await waitUntil(async () => (await statusOf(shop)) === 'DISABLED');
    const eventId = await routed(shop, { type: 'second' });
    const [since] = await warren.sql<{ at: Date }>("select updated_at at from endpoints where name = 'gone'");
    const verdicts = (await verdictsOf(shop, eventId)).filter(({ endpoint: { name } }) => name === 'gone');
    expect(verdicts).toMatchObject([
      {
        matched: true,
        reason: `matched, and held: endpoint disabled since ${since?.at.toISOString() ?? ''}`,
      },
    ]);
    await shop.client.ask(
      'mutation ($input: EndpointUpdateInput!) { endpointUpdate(input: $input) { userErrors { code } } }',
      {
        input: {
          id: (
            await shop.client.ask<{ endpoints: { nodes: { id: string; name: string }[] } }>(
              '{ endpoints { nodes { id name } } }',
            )
          ).endpoints.nodes.find(({ name }) => name === 'gone')?.id,
          description: 'renamed',
        },
      },
    );
    const later = await routed(shop, { type: 'third' });
    expect((await reasonsOf(shop, later)).gone).toBe(verdicts[0]?.reason);
  });

  it('takes the same number of statements for one event and for many', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await routed(tenant, { type: `many.${n}`, data: {} }));
    const database = makeDatabase(warren.database.dataSource);
    let statements = 0;
    const counting: Database = {
      ...database,
      rows: (sql, parameters) => {
        statements++;
        return database.rows(sql, parameters);
      },
    };
    expect((await readRoutingHistory(counting, tenant.id, ids.slice(0, 1))).size).toBe(1);
    expect(statements).toBe(5);
    expect((await readRoutingHistory(counting, null, ids)).size).toBe(5);
    expect(statements).toBe(10);
    expect((await readRoutingHistory(counting, acme.id, ids)).size).toBe(0);
  });

  it('needs both scopes, and shows a foreign event to nobody', async () => {
    const eventId = await routed(tenant, { type: 'order.placed', data: {} });
    const stranger = await warren.tenant('stranger', url);
    expect(await verdictsOf(stranger, eventId)).toEqual([]);
    const { apiKeyCreate } = await tenant.client.ask<{ apiKeyCreate: { plainKey: string } }>(
      `mutation { apiKeyCreate(input: { name: "reader", scopes: ["events:read"] }) { plainKey } }`,
    );
    const reader = makeGraphqlClient(url, apiKeyCreate.plainKey);
    const asked = reader.ask(`query ($id: ID!) { event(id: $id) { id routing { matched } } }`, {
      id: eventId,
    });
    await expect(asked).rejects.toThrow('endpoints:read');
  });

  it('is forgotten once no event on record can have been routed by it', async () => {
    const housekeeping = makeHousekeeping(makeDatabase(warren.database.dataSource), 1, 1);
    const count = async (where: string): Promise<number> => {
      const [row] = await warren.sql<{ n: string }>(
        `select (select count(*) from endpoint_revisions where ${where})
           + (select count(*) from subscription_revisions where ${where}) n`,
      );
      return Number(row?.n);
    };
    const superseded = await count('superseded_at is not null');
    const newest = await count('superseded_at is null');
    expect(superseded).toBeGreaterThan(5);
    const soon = new Date(Date.now() + 2.9 * 86_400_000);
    expect((await housekeeping.run(soon)).revisionsExpired).toBe(0);
    const late = new Date(Date.now() + 3.1 * 86_400_000);
    expect((await housekeeping.run(late)).revisionsExpired).toBe(superseded);
    expect(await count('true')).toBe(newest);
  });
});

async function subscriptionsOf(tenant: TenantUnderTest, endpointId: string): Promise<{ id: string }[]> {
  const { webhookSubscriptions } = await tenant.client.ask<{
    webhookSubscriptions: { nodes: { id: string }[] };
  }>('query ($endpointId: ID) { webhookSubscriptions(endpointId: $endpointId) { nodes { id } } }', {
    endpointId,
  });
  return webhookSubscriptions.nodes;
}

async function statusOf(tenant: TenantUnderTest): Promise<string | undefined> {
  const { endpoints } = await tenant.client.ask<{ endpoints: { nodes: { status: string }[] } }>(
    '{ endpoints { nodes { status } } }',
  );
  return endpoints.nodes[0]?.status;
}
