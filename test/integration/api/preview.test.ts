import { Webhook } from 'standardwebhooks';
import { archiveEventType, saveEventType } from '../../support/event-types';
import { makeGraphqlClient } from '../../support/graphql-client';
import { startReceiver, type Receiver } from '../../support/outsiders/receiver';
import type { MadeEndpoint, TenantUnderTest } from '../../support/tenant-under-test';
import { waitUntil } from '../../support/wait-until';
import { deployWarren, type WarrenUnderTest } from '../../support/warren-under-test';

let warren: WarrenUnderTest;
let receiver: Receiver;
let acme: TenantUnderTest;
let other: TenantUnderTest;
let endpoint: MadeEndpoint;
let eventIds: string[];
let url: string;

interface Seen {
  matched: number;
  examined: number;
  requests: {
    event: { id: string; type: string } | null;
    matched: boolean;
    reason: string | null;
    headers: Record<string, string>;
    body: string;
  }[];
  userErrors: { field: string[]; code: string; message: string }[];
}

const PREVIEW = `query ($input: WebhookSubscriptionInput!, $eventId: ID, $sample: JSON, $last: Int) {
  webhookSubscriptionPreview(input: $input, eventId: $eventId, sample: $sample, last: $last) {
    matched examined requests { event { id type } matched reason headers body } userErrors { field code message } } }`;

async function preview(input: object, which: object = {}, tenant = acme): Promise<Seen> {
  const variables = {
    input: { endpointId: endpoint.id, eventTypes: ['order.#'], ...input },
    last: 20,
    ...which,
  };
  const answer = await tenant.client.ask<{ webhookSubscriptionPreview: Seen }>(PREVIEW, variables);
  return answer.webhookSubscriptionPreview;
}

/** What creating the subscription is refused with. */
async function created(input: object): Promise<Seen['userErrors']> {
  const { made } = await acme.client.ask<{ made: Pick<Seen, 'userErrors'> }>(
    'mutation ($input: WebhookSubscriptionInput!) { made: webhookSubscriptionCreate(input: $input) { userErrors { field code message } } }',
    { input: { endpointId: endpoint.id, ...input } },
  );
  return made.userErrors;
}

beforeAll(async () => {
  warren = await deployWarren();
  const { graphqlUrl } = await warren.start();
  url = graphqlUrl;
  receiver = await startReceiver();
  acme = await warren.tenant('acme', graphqlUrl);
  other = await warren.tenant('other', graphqlUrl);
  endpoint = await acme.endpoint({
    url: receiver.url('/in'),
    headers: { 'x-api-key': 'hush', 'x-team': 'blue' },
  });
  const types = ['order.placed', 'user.created', 'order.paid'];
  eventIds = [];
  for (const type of types) {
    const data = { id: 7, card: '4111', total: type === 'order.paid' ? 'much' : 2 };
    eventIds.push((await acme.publish({ type, data })).eventId);
  }
  await waitUntil(
    async () => Number((await warren.sql<{ n: string }>('select count(*) n from events'))[0]?.n) === 3,
  );
}, 60_000);
afterAll(async () => {
  await warren.end();
  await receiver.close();
}, 60_000);

describe('the preview of a subscription', () => {
  it('shows each recent event of the types as it would be sent, newest first', async () => {
    const seen = await preview({
      includeFields: ['id', 'total'],
      transform: '{ "id": data.id, "double": data.total * 2, "card": data.card }',
    });
    expect(seen).toMatchObject({ matched: 2, examined: 2, userErrors: [] });
    expect(
      seen.requests.map(({ event, matched, reason }) => ({ type: event?.type, matched, reason })),
    ).toEqual([
      {
        type: 'order.paid',
        matched: true,
        reason: 'transform: The left side of the "*" operator must evaluate to a number (at character 39)',
      },
      { type: 'order.placed', matched: true, reason: null },
    ]);
    const [failed, good] = seen.requests;
    expect(failed).toMatchObject({ headers: {}, body: '' });
    expect(good?.body).toMatch(/"data":\{"id":7,"double":4\}\}$/);
    expect(good?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-api-key': 'hush',
      'warren-event-type': 'order.placed',
      'warren-attempt': '1',
    });
    new Webhook(endpoint.secret).verify(good?.body ?? '', good?.headers ?? {});
  });

  it('looks at the newest only, as many as asked for', async () => {
    const seen = await preview({ eventTypes: ['#'] }, { last: 2 });
    expect(seen.requests.map(({ event }) => event?.type)).toEqual(['order.paid', 'user.created']);
    const exact = await preview({ eventTypes: ['order.placed', 'user.created'] }, { last: 1 });
    expect(exact.requests.map(({ event }) => event?.type)).toEqual(['user.created']);
  });

  it('shows one event by its id, and why it does not match', async () => {
    const seen = await preview({}, { eventId: eventIds[1] });
    expect(seen).toEqual({
      matched: 0,
      examined: 1,
      requests: [
        {
          event: { id: eventIds[1], type: 'user.created' },
          matched: false,
          reason: 'type user.created does not match order.#',
          headers: {},
          body: '',
        },
      ],
      userErrors: [],
    });
  });

  it('leaves out what the filter leaves out, and says which field and what it was', async () => {
    const filter = { data: { total: [{ numeric: ['>', 100] }] } };
    const seen = await preview({ filter }, { eventId: eventIds[0] });
    expect(seen).toMatchObject({ matched: 0, examined: 1, userErrors: [] });
    expect(seen.requests).toMatchObject([
      { matched: false, reason: 'filter: data.total must be > 100, was 2', headers: {}, body: '' },
    ]);
    const sample = { type: 'order.made', data: { total: 101 } };
    expect(await preview({ filter }, { sample })).toMatchObject({ matched: 1 });
    const ofAcme = { tenant: ['acme'], type: ['order.made'] };
    expect(await preview({ filter: ofAcme }, { sample })).toMatchObject({ matched: 1 });
  });

  it('carries an event to the version that is asked for before it shapes it, as a delivery does', async () => {
    const keeper = makeGraphqlClient(url, warren.operatorKey, { 'warren-tenant': 'acme' });
    await saveEventType(keeper, { name: 'bill.made', schema: { type: 'object' } });
    const newer = { name: 'bill.made', version: 2, schema: { type: 'object' } };
    const sample = (data: object) => ({ sample: { type: 'bill.made', data } });
    const input = { eventTypes: ['bill.*'], version: 1, includeFields: ['price'] };
    await saveEventType(keeper, newer);
    const pinned = () => preview(input, sample({ amount: { value: 7, was: 1 } }));
    expect((await pinned()).requests).toMatchObject([
      {
        ...{ matched: true, body: '', headers: {} },
        reason: 'From version 2 to 1: the catalog has no downgrade for it.',
      },
    ]);
    await saveEventType(keeper, { ...newer, downgrade: '{ "price": amount.value, "was": amount.was }' });
    await waitUntil(async () => (await pinned()).requests[0]?.reason === null);
    const [request] = (await pinned()).requests;
    expect(request?.headers['warren-event-version']).toBe('1');
    expect(request?.body).toMatch(/"data":\{"price":7\}\}$/);
    const [newest] = (await preview({ ...input, version: null }, sample({}))).requests;
    expect(newest?.headers['warren-event-version']).toBe('2');
  });

  it('says of a type that needs a scope that the tenant has not been granted', async () => {
    const operator = makeGraphqlClient(url, warren.operatorKey);
    await saveEventType(operator, { name: 'vip.entered', requiredScope: 'vip' });
    const see = () => preview({ eventTypes: ['vip.*'] }, { sample: { type: 'vip.entered', data: {} } });
    expect((await see()).requests).toMatchObject([
      { matched: false, reason: 'vip.entered needs vip, which this tenant has not been granted' },
    ]);
    await operator.ask(
      'mutation ($id: ID!) { tenantUpdate(input: { id: $id, scopes: ["vip"] }) { userErrors { code } } }',
      { id: acme.id },
    );
    expect(await see()).toMatchObject({ matched: 1 });
  });

  it('refuses by name what a subscription may not name: an archived type, one that needs a scope', async () => {
    const keeper = makeGraphqlClient(url, warren.operatorKey, { 'warren-tenant': 'acme' });
    const subscribed = await acme.endpoint({ url: receiver.url('/old'), eventTypes: ['old.one'] });
    const { id } = await saveEventType(keeper, { name: 'old.one' });
    await archiveEventType(keeper, id);
    await saveEventType(keeper, { name: 'closed', requiredScope: 'closed' });
    const input = { eventTypes: ['order.*', 'old.one', 'closed'] };
    const seen = await preview(input);
    expect(seen).toEqual({ matched: 0, examined: 0, requests: [], userErrors: await created(input) });
    expect(seen.userErrors).toMatchObject([
      { field: ['eventTypes', '1'], message: expect.stringContaining('archived') as string },
      { field: ['eventTypes', '2'], message: 'closed needs closed, which this tenant has not been granted' },
    ]);
    // Whoever has subscribed goes on getting it, and may look at what a change of that subscription would do.
    const sample = { type: 'old.one', data: {} };
    expect(await preview({ eventTypes: ['old.*'] }, { sample })).toMatchObject({ matched: 1 });
    expect(await preview({ endpointId: subscribed.id, eventTypes: ['old.one'] }, { sample })).toMatchObject({
      matched: 1,
      userErrors: [],
    });
  });

  it('refuses a sample as publishing refuses the event', async () => {
    const keeper = makeGraphqlClient(url, warren.operatorKey, { 'warren-tenant': 'acme' });
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['id'] };
    await saveEventType(keeper, { name: 'strict.made', schema });
    const faultsOf = async (sample: object) => {
      const { userErrors } = await preview({ eventTypes: ['#'] }, { sample });
      return userErrors.map(({ field, code, message }) => [code, field.join(' '), message]);
    };
    const published = async (input: object) => {
      const { eventPublish } = await acme.client.ask<{ eventPublish: Pick<Seen, 'userErrors'> }>(
        'mutation ($input: EventPublishInput!) { eventPublish(input: $input) { userErrors { field code message } } }',
        { input },
      );
      return eventPublish.userErrors.map(({ field, code, message }) => [
        code,
        ['sample', ...field].join(' '),
        message,
      ]);
    };
    for (const sample of [
      { type: 'strict.made', data: { n: 1.5 } },
      { type: 'strict.made', data: [] },
      { type: 'strict.made', version: 2, data: {} },
    ]) {
      const faults = await faultsOf(sample);
      expect(faults.length).toBeGreaterThan(0);
      expect(faults).toEqual(await published(sample));
    }
    expect(await faultsOf({ type: 'strict.made', data: { id: 1, n: 1 } })).toEqual([]);
  });

  it('refuses a sample of a type that a strict catalog does not have', async () => {
    const strict = await warren.start({ WARREN_STRICT_CATALOG: 'true', WARREN_ROLES: 'api' });
    const event = { type: 'nobody.knows', data: {} };
    const there = acme.through(strict.graphqlUrl);
    const { userErrors } = await preview({ eventTypes: ['#'] }, { sample: event }, there);
    const { eventPublish } = await there.client.ask<{ eventPublish: Pick<Seen, 'userErrors'> }>(
      'mutation ($input: EventPublishInput!) { eventPublish(input: $input) { userErrors { field code message } } }',
      { input: event },
    );
    expect(userErrors).toEqual(
      eventPublish.userErrors.map((error) => ({ ...error, field: ['sample', ...error.field] })),
    );
    expect(userErrors[0]?.message).toContain('the catalog is strict and has no event type nobody.knows');
  });

  it('shows an event that never was, with every digit', async () => {
    const seen = await acme.client.ask<{ webhookSubscriptionPreview: Seen }>(
      `query ($endpointId: ID!) { webhookSubscriptionPreview(
         input: { endpointId: $endpointId, eventTypes: ["a.*"], includeFields: ["n"] },
         sample: { type: "a.b", data: { n: 12345678901234567890, m: 1 }, timestamp: "2026-01-02T03:04:05Z" }) {
         matched requests { event { id } body } } }`,
      { endpointId: endpoint.id },
    );
    expect(seen.webhookSubscriptionPreview).toEqual({
      matched: 1,
      requests: [
        {
          event: null,
          body: '{"type":"a.b","timestamp":"2026-01-02T03:04:05.000Z","data":{"n":12345678901234567890}}',
        },
      ],
    });
  });

  it('sends and stores nothing', async () => {
    const counts = () =>
      warren.sql(
        'select (select count(*) from events) e, (select count(*) from deliveries) d, (select count(*) from webhook_subscriptions) s',
      );
    const before = await counts();
    await preview({});
    await preview({}, { sample: { type: 'order.made', data: {} } });
    expect(await counts()).toEqual(before);
    expect(receiver.arrivals).toEqual([]);
  });

  it('masks what looks like a credential for a key without endpoints:secret', async () => {
    const { apiKeyCreate } = await acme.client.ask<{ apiKeyCreate: { plainKey: string } }>(
      'mutation ($scopes: [String!]!) { apiKeyCreate(input: { name: "k", scopes: $scopes }) { plainKey } }',
      { scopes: ['endpoints:write', 'events:read'] },
    );
    const client = makeGraphqlClient(url, apiKeyCreate.plainKey);
    const { requests } = await preview({}, {}, { ...acme, client });
    expect(requests[0]?.headers).toMatchObject({ 'x-api-key': '…', 'x-team': 'blue' });
  });

  it('says what cannot be used, and where', async () => {
    const faults = async (input: object, which: object = {}) =>
      (await preview(input, which)).userErrors.map(({ field, code }) => `${field.join('.')}: ${code}`);
    expect(await faults({ transform: '(', includeFields: ['.'] })).toEqual([
      'transform: INVALID',
      'includeFields.0: INVALID',
    ]);
    expect(await faults({}, { last: 100 })).toEqual([]);
    expect(await faults({}, { last: 101 })).toEqual(['last: INVALID']);
    expect(await faults({}, { last: 0 })).toEqual(['last: INVALID']);
    for (const [sample, field] of [
      ['text', 'sample'],
      [{ data: 1 }, 'sample.type'],
      [{ type: 'a', data: 1, version: 0 }, 'sample.version'],
      [{ type: 'a', data: 1, timestamp: 'noon' }, 'sample.timestamp'],
      [{ type: 'a', data: 'x'.repeat(262_144) }, 'sample.data'],
      [{ type: 'a', data: 1, extra: 1 }, 'sample.extra'],
    ] as const)
      expect(await faults({}, { sample })).toEqual([`${field}: INVALID`]);
    expect(await faults({}, { sample: { type: 'a' }, eventId: eventIds[0] })).toEqual(['sample: INVALID']);
  });

  it('answers the same for what is another tenant’s and for what does not exist', async () => {
    const foreign = await preview({}, {}, other);
    const absent = await preview({ endpointId: 'ep_nothing' });
    expect(foreign).toEqual(absent);
    expect(foreign.userErrors).toMatchObject([{ field: ['endpointId'], code: 'NOT_FOUND' }]);
    const theirs = await other.endpoint({ url: receiver.url('/theirs') });
    const event = await preview({ endpointId: theirs.id }, { eventId: eventIds[0] }, other);
    expect(event).toEqual(await preview({ endpointId: theirs.id }, { eventId: 'evt_nothing' }, other));
    expect(event.userErrors).toMatchObject([{ field: ['eventId'], code: 'NOT_FOUND' }]);
  });
});
