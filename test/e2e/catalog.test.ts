import { archiveEventType, saveEventType } from '../support/event-types';
import { makeGraphqlClient, type GraphqlClient } from '../support/graphql-client';
import { startReceiver, type Receiver } from '../support/outsiders/receiver';
import type { TenantUnderTest, UserError } from '../support/tenant-under-test';
import { waitUntil } from '../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let operator: GraphqlClient;
/** An operator that acts for acme. */
let keeper: GraphqlClient;
/** The same tenant through two processes that share the broker and the database. */
let here: TenantUnderTest;
let there: TenantUnderTest;

beforeAll(async () => {
  warren = await deployWarren();
  const first = await warren.start();
  const second = await warren.start();
  receiver = await startReceiver();
  operator = makeGraphqlClient(first.graphqlUrl, warren.operatorKey);
  here = await warren.tenant('acme', first.graphqlUrl);
  there = here.through(second.graphqlUrl);
  keeper = makeGraphqlClient(first.graphqlUrl, warren.operatorKey, { 'warren-tenant': 'acme' });
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

const ORDER = {
  type: 'object',
  required: ['id', 'lines'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^o-[0-9]+$' },
    lines: {
      type: 'array',
      items: { type: 'object', required: ['sku'], properties: { qty: { type: 'integer' } } },
    },
  },
};

async function faultsOf(by: TenantUnderTest, input: object): Promise<UserError[]> {
  const { eventPublish } = await by.client.ask<{ eventPublish: { userErrors: UserError[] } }>(
    'mutation ($input: EventPublishInput!) { eventPublish(input: $input) { eventId userErrors { field code message } } }',
    { input },
  );
  return eventPublish.userErrors;
}

/** The next message of the queue `rejected`: why, and what it was. */
async function rejected(): Promise<{ code: unknown; reason: string; type: string }> {
  const { properties, fields } = await warren.stranger.take(warren.queue('rejected'), 10_000);
  const headers = properties.headers ?? {};
  return { code: headers['reason-code'], reason: String(headers.reason), type: fields.routingKey };
}

const bodyAt = (path: string, index = 0) =>
  JSON.parse(receiver.at(path)[index]?.body.toString() ?? 'null') as { data: unknown };

describe('an event that does not fit its schema', () => {
  beforeAll(() => saveEventType(keeper, { name: 'order.placed', schema: ORDER }));

  it('is refused by the API with a userError for each fault, with its JSON Pointer', async () => {
    const faults = await faultsOf(there, {
      type: 'order.placed',
      data: { id: 'x', lines: [{ sku: 'a' }, { qty: 1.5 }], extra: true },
    });
    expect(faults.map(({ field, code }) => [code, ...(field ?? [])])).toEqual(
      expect.arrayContaining([
        ['INVALID', 'data', '/id'],
        ['INVALID', 'data', '/lines/1/sku'],
        ['INVALID', 'data', '/lines/1/qty'],
        ['INVALID', 'data', '/extra'],
      ]),
    );
    expect(faults).toHaveLength(4);
  });

  it('keeps all of a batch from being published', async () => {
    const { eventsPublish } = await here.client.ask<{
      eventsPublish: { eventIds: string[]; userErrors: UserError[] };
    }>(
      `mutation ($events: [EventPublishInput!]!) { eventsPublish(input: { events: $events }) {
        eventIds userErrors { field code message } } }`,
      {
        events: [
          { type: 'order.placed', data: { id: 'o-1', lines: [] } },
          { type: 'order.placed', data: {} },
        ],
      },
    );
    expect(eventsPublish.eventIds).toEqual([]);
    expect(eventsPublish.userErrors.map(({ field }) => field)).toEqual([
      ['events', '1', 'data', '/id'],
      ['events', '1', 'data', '/lines'],
    ]);
  });

  it('goes to the queue rejected from AMQP, with the pointers in the reason, and delays none that fits', async () => {
    await here.endpoint({ url: receiver.url('/fits'), eventTypes: ['order.placed'] });
    await warren.publish('acme', 'order.placed', { id: 'secret-id', lines: [{ qty: 'many' }] });
    await warren.publish('acme', 'order.placed', { id: 'o-1', lines: [{ sku: 'a', qty: 1 }] });
    const { code, reason, type } = await rejected();
    expect([code, type]).toEqual(['SCHEMA_MISMATCH', 'order.placed']);
    expect(reason).toContain('/id must match pattern');
    expect(reason).toContain('/lines/0/sku is required');
    expect(reason).toContain('/lines/0/qty must be integer');
    expect(reason).not.toMatch(/secret-id|many/);
    await waitUntil(() => receiver.at('/fits').length === 1);
  });

  it('is told when it names a version that there is not, on both ways in', async () => {
    const input = { type: 'order.placed', version: 7, data: { id: 'o-1', lines: [] } };
    expect(await faultsOf(here, input)).toMatchObject([
      { field: ['version'], code: 'INVALID', message: expect.stringMatching(/only version 1.*7/) as string },
    ]);
    await warren.stranger.publish(warren.queue('events'), 'order.placed', JSON.stringify(input.data), {
      contentType: 'application/json',
      headers: { tenant: 'acme', version: 7 },
    });
    expect(await rejected()).toMatchObject({
      code: 'UNKNOWN_TYPE',
      reason: 'order.placed has only version 1, and no version 7',
    });
  });
});

describe('a change of the catalog', () => {
  it('counts for what another process takes right after the mutation returned, 15 times', async () => {
    for (let n = 0; n < 15; n++) {
      const by = n % 2 === 0 ? operator : keeper;
      await saveEventType(by, { name: `fresh.${n}`, schema: { type: 'object', required: [`k${n}`] } });
      expect(await faultsOf(there, { type: `fresh.${n}`, data: {} })).toMatchObject([
        { field: ['data', `/k${n}`] },
      ]);
      await saveEventType(by, { name: `fresh.${n}`, schema: { type: 'object' } });
      expect(await faultsOf(there, { type: `fresh.${n}`, data: {} })).toEqual([]);
    }
  });

  it('counts for plain AMQP within a second', async () => {
    await saveEventType(operator, { name: 'soon.checked', schema: { type: 'string' } });
    const startMs = Date.now();
    await waitUntil(async () => {
      await warren.publish('acme', 'soon.checked', { sentAfterMs: Date.now() - startMs });
      return (await warren.stranger.depth(warren.queue('rejected'))) > 0;
    });
    expect(Date.now() - startMs).toBeLessThan(2000);
    await warren.stranger.purge(warren.queue('rejected'));
  });
});

describe('what is published without a version', () => {
  it('follows the newest that is not deprecated', async () => {
    const name = 'has.versions';
    const versionOf = async () => {
      const { eventId } = await here.publish({ type: name, data: {} });
      let version: number | undefined;
      await waitUntil(async () => {
        const { event } = await here.client.ask<{ event: { version: number } | null }>(
          'query ($id: ID!) { event(id: $id) { version } }',
          { id: eventId },
        );
        version = event?.version;
        return version !== undefined;
      });
      return version;
    };
    await saveEventType(keeper, { name });
    await saveEventType(keeper, { name, version: 2 });
    expect(await versionOf()).toBe(2);
    await saveEventType(keeper, { name, version: 2, deprecated: true });
    expect(await versionOf()).toBe(1);
    await saveEventType(keeper, { name, version: 1, deprecated: true });
    expect(await versionOf()).toBe(2);
  });
});

describe('a subscriber pinned to an older version', () => {
  const name = 'price.set';
  const subscribe = async (path: string, version: number | null) => {
    const { id } = await here.endpoint({ url: receiver.url(path) });
    await here.client.ask(
      'mutation ($input: WebhookSubscriptionInput!) { webhookSubscriptionCreate(input: $input) { userErrors { code } } }',
      { input: { endpointId: id, eventTypes: [name], version } },
    );
  };

  beforeAll(async () => {
    await saveEventType(keeper, { name });
    await saveEventType(keeper, { name, version: 2, downgrade: '{ "price": money.amount }' });
    await saveEventType(keeper, {
      ...{ name, version: 3 },
      downgrade: '{ "money": { "amount": cents / 100, "currency": currency } }',
    });
    await subscribe('/pinned-1', 1);
    await subscribe('/pinned-2', 2);
    await subscribe('/newest', null);
  });

  it('gets new events through the downgrades of all versions in between', async () => {
    await here.publish({ type: name, data: { cents: 1250, currency: 'EUR' } });
    await waitUntil(() =>
      ['/pinned-1', '/pinned-2', '/newest'].every((path) => receiver.at(path).length === 1),
    );
    expect(bodyAt('/newest').data).toEqual({ cents: 1250, currency: 'EUR' });
    expect(bodyAt('/pinned-2').data).toEqual({ money: { amount: 12.5, currency: 'EUR' } });
    expect(bodyAt('/pinned-1').data).toEqual({ price: 12.5 });
    const versions = ['/pinned-1', '/pinned-2', '/newest'].map(
      (path) => receiver.at(path)[0]?.headers['warren-event-version'],
    );
    expect(versions).toEqual(['1', '2', '3']);
    // What was sent is on record as it was sent.
    await waitUntil(async () =>
      (await here.deliveries({ types: [name] })).some(({ attempts }) =>
        attempts[0]?.requestBody?.includes('{"price":12.5}'),
      ),
    );
  });

  it('gets events that are older than its pin as they are', async () => {
    await here.publish({ type: name, version: 1, data: { price: 3 } });
    await waitUntil(() => receiver.at('/pinned-2').length === 2);
    expect(bodyAt('/pinned-2', 1).data).toEqual({ price: 3 });
    expect(receiver.at('/pinned-2')[1]?.headers['warren-event-version']).toBe('1');
  });

  it('fails with DOWNGRADE while one is missing, and gets the event once it is there', async () => {
    await saveEventType(keeper, { name, version: 4 });
    await here.publish({ type: name, data: { pounds: 2 } });
    await waitUntil(() => receiver.at('/newest').length === 3);
    let failing: (string | null)[] = [];
    await waitUntil(async () => {
      const found = await here.deliveries({ types: [name], status: ['RETRYING'] });
      failing = found.map(({ lastError }) => lastError);
      return failing.length === 2;
    });
    expect(failing).toEqual(['DOWNGRADE', 'DOWNGRADE']);
    await saveEventType(keeper, {
      ...{ name, version: 4, downgrade: '{ "cents": pounds * 100, "currency": "GBP" }' },
    });
    await waitUntil(() => receiver.at('/pinned-1').length === 3, 20_000);
    expect(bodyAt('/pinned-1', 2).data).toEqual({ price: 2 });
  });
});

describe('a scope that an event type requires', () => {
  it('lets patterns match only while the tenant has been granted it', async () => {
    const grant = (scopes: string[]) =>
      operator.ask(
        'mutation ($id: ID!, $scopes: [String!]) { tenantUpdate(input: { id: $id, scopes: $scopes }) { userErrors { code } } }',
        { id: here.id, scopes },
      );
    await saveEventType(operator, { name: 'vip.entered', requiredScope: 'vip' });
    await here.endpoint({ url: receiver.url('/vip'), eventTypes: ['vip.*'] });
    const deliveriesOf = async (by: TenantUnderTest): Promise<number> => {
      const { eventId } = await by.publish({ type: 'vip.entered' });
      await waitUntil(async () => {
        const { event } = await by.client.ask<{ event: object | null }>(
          'query ($id: ID!) { event(id: $id) { id } }',
          { id: eventId },
        );
        return event !== null;
      });
      return (await by.deliveries({ eventId })).length;
    };
    expect(await deliveriesOf(there)).toBe(0);
    await grant(['vip']);
    expect(await deliveriesOf(there)).toBe(1);
    await grant([]);
    expect(await deliveriesOf(there)).toBe(0);
  });
});

describe('a strict catalog', () => {
  it('takes what is registered and not archived, and Warren’s own events, and nothing else', async () => {
    const strict = await deployWarren({ WARREN_STRICT_CATALOG: 'true' });
    try {
      const { graphqlUrl } = await strict.start();
      const tenant = await strict.tenant('acme', graphqlUrl);
      const admin = makeGraphqlClient(graphqlUrl, strict.operatorKey);
      await saveEventType(admin, { name: 'is.known' });
      const old = await saveEventType(admin, { name: 'is.old' });
      const endpoint = await tenant.endpoint({ url: receiver.url('/strict'), eventTypes: ['#'] });
      await tenant.publish({ type: 'is.old' });
      await archiveEventType(admin, old.id);
      await tenant.publish({ type: 'is.known' });
      expect(await faultsOf(tenant, { type: 'is.old', data: {} })).toMatchObject([{ field: ['type'] }]);
      expect(await faultsOf(tenant, { type: 'is.unknown', data: {} })).toMatchObject([
        { field: ['type'], code: 'INVALID' },
      ]);
      await strict.publish('acme', 'is.unknown', {});
      const { properties } = await strict.stranger.take(strict.queue('rejected'), 10_000);
      expect(properties.headers?.['reason-code']).toBe('UNKNOWN_TYPE');
      await tenant.client.ask(
        'mutation ($id: ID!) { endpointSecretRotate(input: { id: $id }) { userErrors { code } } }',
        { id: endpoint.id },
      );
      await waitUntil(() => receiver.at('/strict').length === 3);
      expect(
        receiver
          .at('/strict')
          .map(({ headers }) => headers['warren-event-type'])
          .sort(),
      ).toEqual([...['is.known', 'is.old', 'warren.secret.rotated']]);
    } finally {
      await strict.end();
    }
  }, 60_000);
});
