import { idBytes, newId } from '../../../src/domain/ids';
import { done, refused } from '../../../src/domain/errors';
import { makeGraphqlClient } from '../../support/graphql-client';
import { seedDelivery, type SeededDelivery } from '../../support/seed/seed-deliveries';
import {
  OPERATOR_KEY,
  TENANT_SCOPES,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { saveEventType } from '../../support/event-types';

let server: ApiServer;
let ours: TestTenant;
let theirs: TestTenant;
let endpointId: string;
let subscriptionId: string;
let seeded: SeededDelivery;
let eventTypeId: string;
let replayId: string;
let sourceId: string;
let inspectorId: string;

beforeAll(async () => {
  const byTenant = (tenantId: string | null, id: string) =>
    Promise.resolve(
      tenantId === theirs.id && id === seeded.deliveryId
        ? done({ id } as never)
        : refused('NOT_FOUND', 'There is no delivery with this id.', ['id']),
    );
  server = await startApiServer({ retryDelivery: byTenant, cancelDelivery: byTenant });
  ours = await makeTenant(server, 'ours', [...TENANT_SCOPES, 'catalog:write', 'sources:write']);
  theirs = await makeTenant(server, 'theirs', [...TENANT_SCOPES, 'sources:write']);
  const made = await theirs.client.ask<{
    endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
  }>(`mutation { endpointCreate(input: { url: "https://a.example/in", eventTypes: ["#"] }) {
        endpoint { id subscriptions { id } } userErrors { message } } }`);
  endpointId = made.endpointCreate.endpoint.id;
  subscriptionId = made.endpointCreate.endpoint.subscriptions[0]?.id ?? '';
  const keeper = makeGraphqlClient(server.url, OPERATOR_KEY, { 'warren-tenant': 'theirs' });
  eventTypeId = (await saveEventType(keeper, { name: 'their.type', schema: { type: 'object' } })).id;
  seeded = await seedDelivery(server.database, { tenantId: theirs.id, endpointId, subscriptionId });
  const { replayCreate } = await theirs.client.ask<{ replayCreate: { replay: { id: string } } }>(
    `mutation ($id: ID!) { replayCreate(input: { endpointId: $id }) { replay { id } userErrors { message } } }`,
    { id: endpointId },
  );
  replayId = replayCreate.replay.id;
  const { sourceCreate } = await theirs.client.ask<{ sourceCreate: { source: { id: string } } }>(
    `mutation { sourceCreate(input: { name: "x", provider: GITHUB, signingSecret: "long enough" }) {
        source { id } userErrors { message } } }`,
  );
  sourceId = sourceCreate.source.id;
  const { inspectorCreate } = await theirs.client.ask<{ inspectorCreate: { inspector: { id: string } } }>(
    'mutation { inspectorCreate(input: {}) { inspector { id } userErrors { message } } }',
  );
  inspectorId = inspectorCreate.inspector.id;
});
afterAll(() => server.close());

/** One root field with an id in it. */
interface Probe {
  document: string;
  /** The id of theirs that the probe is made with. */
  foreign: () => string;
  absent: () => string;
}

const ENDPOINT = { foreign: () => endpointId, absent: () => newId('endpoint') };
const SUBSCRIPTION = { foreign: () => subscriptionId, absent: () => newId('subscription') };
const TENANT = { foreign: () => theirs.id, absent: () => newId('tenant') };
const EVENT = { foreign: () => seeded.eventId, absent: () => newId('event') };
const DELIVERY = { foreign: () => seeded.deliveryId, absent: () => newId('delivery') };
const EVENT_TYPE = { foreign: () => eventTypeId, absent: () => newId('eventType') };
const REPLAY = { foreign: () => replayId, absent: () => newId('replay') };
const SOURCE = { foreign: () => sourceId, absent: () => newId('source') };
const INSPECTOR = { foreign: () => inspectorId, absent: () => newId('inspector') };
const KEY = { foreign: () => theirs.keyId, absent: () => newId('apiKey') };

const mutation = (field: string, type: string, argument: string) =>
  `mutation ($id: ${type}) { answer: ${field}(${argument}) { userErrors { field code message } } }`;

const QUERIES: Record<string, Probe> = {
  tenant: { document: 'query ($id: ID!) { answer: tenant(id: $id) { id } }', ...TENANT },
  'tenant by slug': {
    document: 'query ($id: String!) { answer: tenant(slug: $id) { id } }',
    foreign: () => 'theirs',
    absent: () => 'nobody',
  },
  endpoint: { document: 'query ($id: ID!) { answer: endpoint(id: $id) { id } }', ...ENDPOINT },
  replay: { document: 'query ($id: ID!) { answer: replay(id: $id) { id } }', ...REPLAY },
  source: { document: 'query ($id: ID!) { answer: source(id: $id) { id } }', ...SOURCE },
  inspector: { document: 'query ($id: ID!) { answer: inspector(id: $id) { id } }', ...INSPECTOR },
  'node of an inspector': { document: 'query ($id: ID!) { answer: node(id: $id) { id } }', ...INSPECTOR },
  'node of a source': { document: 'query ($id: ID!) { answer: node(id: $id) { id } }', ...SOURCE },
  'node of a replay': { document: 'query ($id: ID!) { answer: node(id: $id) { id } }', ...REPLAY },
  webhookSubscription: {
    document: 'query ($id: ID!) { answer: webhookSubscription(id: $id) { id } }',
    ...SUBSCRIPTION,
  },
  event: { document: 'query ($id: ID!) { answer: event(id: $id) { id } }', ...EVENT },
  delivery: { document: 'query ($id: ID!) { answer: delivery(id: $id) { id } }', ...DELIVERY },
  'node of a tenant': { document: 'query ($id: ID!) { answer: node(id: $id) { id } }', ...TENANT },
  'node of an endpoint': { document: 'query ($id: ID!) { answer: node(id: $id) { id } }', ...ENDPOINT },
  'node of a subscription': {
    document: 'query ($id: ID!) { answer: node(id: $id) { id } }',
    ...SUBSCRIPTION,
  },
  'node of an event': { document: 'query ($id: ID!) { answer: node(id: $id) { id } }', ...EVENT },
  'node of an event type': { document: 'query ($id: ID!) { answer: node(id: $id) { id } }', ...EVENT_TYPE },
  'eventType by name': {
    document: 'query ($id: String!) { answer: eventType(name: $id) { id } }',
    foreign: () => 'their.type',
    absent: () => 'nobodys.type',
  },
  'node of a delivery': { document: 'query ($id: ID!) { answer: node(id: $id) { id } }', ...DELIVERY },
};

const LISTS: Record<string, Probe> = {
  'webhookSubscriptions of an endpoint': {
    document:
      'query ($id: ID!) { answer: webhookSubscriptions(endpointId: $id) { totalCount nodes { id } } }',
    ...ENDPOINT,
  },
  'deliveries of an endpoint': {
    document:
      'query ($id: ID!) { answer: deliveries(filter: { endpointId: $id }) { totalCount nodes { id } } }',
    ...ENDPOINT,
  },
  'deliveries of an event': {
    document: 'query ($id: ID!) { answer: deliveries(filter: { eventId: $id }) { totalCount nodes { id } } }',
    ...EVENT,
  },
};

const MUTATIONS: Record<string, Probe> = {
  apiKeyCreate: {
    document: mutation('apiKeyCreate', 'ID!', 'input: { tenantId: $id, name: "x", scopes: ["events:read"] }'),
    ...TENANT,
  },
  apiKeyRevoke: { document: mutation('apiKeyRevoke', 'ID!', 'id: $id'), ...KEY },
  endpointCreate: {
    document: mutation('endpointCreate', 'ID!', 'input: { tenantId: $id, url: "https://b.example" }'),
    ...TENANT,
  },
  endpointUpdate: {
    document: mutation('endpointUpdate', 'ID!', 'input: { id: $id, name: "mine" }'),
    ...ENDPOINT,
  },
  endpointPause: { document: mutation('endpointPause', 'ID!', 'id: $id'), ...ENDPOINT },
  endpointResume: { document: mutation('endpointResume', 'ID!', 'input: { id: $id }'), ...ENDPOINT },
  endpointDelete: { document: mutation('endpointDelete', 'ID!', 'id: $id'), ...ENDPOINT },
  endpointSecretRotate: {
    document: mutation('endpointSecretRotate', 'ID!', 'input: { id: $id }'),
    ...ENDPOINT,
  },
  endpointTest: { document: mutation('endpointTest', 'ID!', 'input: { id: $id }'), ...ENDPOINT },
  webhookSubscriptionCreate: {
    document: mutation('webhookSubscriptionCreate', 'ID!', 'input: { endpointId: $id, eventTypes: ["#"] }'),
    ...ENDPOINT,
  },
  webhookSubscriptionUpdate: {
    document: mutation('webhookSubscriptionUpdate', 'ID!', 'input: { id: $id, enabled: false }'),
    ...SUBSCRIPTION,
  },
  webhookSubscriptionDelete: {
    document: mutation('webhookSubscriptionDelete', 'ID!', 'id: $id'),
    ...SUBSCRIPTION,
  },
  deliveryRetry: { document: mutation('deliveryRetry', 'ID!', 'id: $id'), ...DELIVERY },
  eventTypeArchive: { document: mutation('eventTypeArchive', 'ID!', 'id: $id'), ...EVENT_TYPE },
  'replayCreate of an endpoint': {
    document: mutation('replayCreate', 'ID!', 'input: { endpointId: $id }'),
    ...ENDPOINT,
  },
  'replayCreate of a subscription': {
    document: mutation('replayCreate', 'ID!', 'input: { subscriptionId: $id }'),
    ...SUBSCRIPTION,
  },
  'replayCreate of deliveries': {
    document: mutation('replayCreate', 'ID!', 'input: { deliveryIds: [$id] }'),
    ...DELIVERY,
  },
  sourceCreate: {
    document: mutation(
      'sourceCreate',
      'ID!',
      'input: { tenantId: $id, name: "x", provider: GITHUB, signingSecret: "long enough" }',
    ),
    ...TENANT,
  },
  sourceUpdate: {
    document: mutation('sourceUpdate', 'ID!', 'input: { id: $id, enabled: false }'),
    ...SOURCE,
  },
  sourceSecretRotate: {
    document: mutation('sourceSecretRotate', 'ID!', 'input: { id: $id, signingSecret: "their next" }'),
    ...SOURCE,
  },
  sourceDelete: { document: mutation('sourceDelete', 'ID!', 'id: $id'), ...SOURCE },
  inspectorCreate: { document: mutation('inspectorCreate', 'ID!', 'input: { tenantId: $id }'), ...TENANT },
  inspectorUpdate: {
    document: mutation('inspectorUpdate', 'ID!', 'input: { id: $id, status: 500 }'),
    ...INSPECTOR,
  },
  inspectorDelete: { document: mutation('inspectorDelete', 'ID!', 'id: $id'), ...INSPECTOR },
  tunnelOpen: {
    document: mutation('tunnelOpen', 'ID!', 'input: { tenantId: $id, eventTypes: ["#"] }'),
    ...TENANT,
  },
  tunnelAnswer: {
    document: mutation(
      'tunnelAnswer',
      'ID!',
      'input: { endpointId: $id, requestId: "x", durationMs: 1, status: 200 }',
    ),
    ...ENDPOINT,
  },
  replayCancel: { document: mutation('replayCancel', 'ID!', 'id: $id'), ...REPLAY },
  deliveryCancel: { document: mutation('deliveryCancel', 'ID!', 'id: $id'), ...DELIVERY },
};

describe('what belongs to another tenant', () => {
  it.each(Object.entries(QUERIES))(
    '%s is null, as for an id of nothing or no id at all',
    async (_name, probe) => {
      for (const id of [probe.foreign(), probe.absent(), 'ep_nonsense', '']) {
        expect(await ours.client.send(probe.document, { id })).toEqual({ data: { answer: null } });
      }
      const found = await theirs.client.ask<{ answer: unknown }>(probe.document, { id: probe.foreign() });
      expect(found.answer).not.toBeNull();
    },
  );

  it.each(Object.entries(LISTS))('%s is empty, as for an id of nothing', async (_name, probe) => {
    for (const id of [probe.foreign(), probe.absent(), 'ep_nonsense']) {
      expect(await ours.client.send(probe.document, { id })).toEqual({
        data: { answer: { totalCount: 0, nodes: [] } },
      });
    }
    const found = await theirs.client.ask<{ answer: { totalCount: number } }>(probe.document, {
      id: probe.foreign(),
    });
    expect(found.answer.totalCount).toBe(1);
  });

  it('is in no statistics, as for an id of nothing', async () => {
    const document = `query ($id: ID) { answer: deliveryStats(
      endpointId: $id, since: "2026-01-01T00:00:00Z", until: "2026-01-01T01:00:00Z"
    ) { total attempts: series(buckets: 1) { attempts } } }`;
    const hour = Date.UTC(2026, 0) / 60_000;
    for (const subject of [idBytes('endpoint', endpointId), idBytes('tenant', theirs.id)]) {
      await server.database.dataSource.query(
        'insert into stat_hours (subject_id, at, tenant_id, delivered, attempts) values (?, ?, ?, 3, 4)',
        [subject, hour, idBytes('tenant', theirs.id)],
      );
    }
    for (const id of [endpointId, newId('endpoint'), 'ep_nonsense', '', null]) {
      const nothing = { data: { answer: { total: 0, attempts: [{ attempts: 0 }] } } };
      expect(await ours.client.send(document, { id })).toEqual(nothing);
    }
    for (const id of [endpointId, null]) {
      const all = { data: { answer: { total: 3, attempts: [{ attempts: 4 }] } } };
      expect(await theirs.client.send(document, { id })).toEqual(all);
    }
  });

  it.each(Object.entries(MUTATIONS))(
    '%s answers NOT_FOUND in the same words as for an id of nothing',
    async (_name, probe) => {
      const answers = [];
      for (const id of [probe.foreign(), probe.absent(), 'ep_nonsense'])
        answers.push(await ours.client.send(probe.document, { id }));
      expect(answers[0]).toMatchObject({ data: { answer: { userErrors: [{ code: 'NOT_FOUND' }] } } });
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    },
  );

  it('is still there, unchanged', async () => {
    const { endpoint } = await theirs.client.ask<{
      endpoint: { name: string; subscriptions: { enabled: boolean }[] };
    }>('query ($id: ID!) { endpoint(id: $id) { name subscriptions { enabled } } }', { id: endpointId });
    expect(endpoint).toEqual({ name: 'a.example', subscriptions: [{ enabled: true }] });
  });

  it('is in no list', async () => {
    const lists = await ours.client.ask<Record<string, { totalCount: number; nodes: unknown[] }>>(
      `{ tenants { totalCount nodes { slug } } endpoints { totalCount nodes { id } }
         webhookSubscriptions { totalCount nodes { id } } events { totalCount nodes { id } } deliveries { totalCount nodes { id } }
         eventTypes { totalCount nodes { id } } replays { totalCount nodes { id } }
         inspectors { totalCount nodes { id } } }`,
    );
    expect(lists.tenants).toEqual({ totalCount: 1, nodes: [{ slug: 'ours' }] });
    const names = ['endpoints', 'webhookSubscriptions', 'events', 'deliveries', 'eventTypes', 'replays'];
    names.push('inspectors');
    for (const name of names) {
      expect(lists[name]).toEqual({ totalCount: 0, nodes: [] });
    }
  });

  it('has a name that we may use for an event type of our own, which changes nothing of theirs', async () => {
    const mine = await saveEventType(ours.client, { name: 'their.type', schema: { type: 'string' } });
    expect(mine.id).not.toBe(eventTypeId);
    const { eventType } = await theirs.client.ask<{ eventType: object }>(
      '{ eventType(name: "their.type") { id archived versions { schema } } }',
    );
    expect(eventType).toEqual({
      id: eventTypeId,
      archived: false,
      versions: [{ schema: { type: 'object' } }],
    });
  });

  it('is not reached by naming its tenant in warren-tenant', async () => {
    const codes = [];
    for (const name of ['theirs', theirs.id, 'nobody']) {
      codes.push(
        await makeGraphqlClient(server.url, ours.key, { 'warren-tenant': name }).send(
          '{ viewer { isOperator } }',
        ),
      );
    }
    expect(codes[0]?.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    expect(codes[1]).toEqual(codes[0]);
    expect(codes[2]).toEqual(codes[0]);
  });
});
