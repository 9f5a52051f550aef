import { makeAuditStore } from '../../../src/store/settings/audit-store';
import { makeDatabase } from '../../../src/store/database';
import { newId } from '../../../src/domain/ids';
import { done } from '../../../src/domain/errors';
import type { ApiStages } from '../../../src/api/dependencies';
import { archiveEventType, saveEventType } from '../../support/event-types';
import { makeGraphqlClient, type GraphqlClient } from '../../support/graphql-client';
import { createEndpoint } from '../../support/managing';
import {
  OPERATOR_KEY,
  TENANT_SCOPES,
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';

let server: ApiServer;
let acme: TestTenant;
let other: TestTenant;
let publish: ApiStages['publishEvents'] = () => Promise.resolve(done([]));
let retry: ApiStages['retryDelivery'];

beforeAll(async () => {
  server = await startApiServer(
    {
      publishEvents: (caller, inputs) => publish(caller, inputs),
      retryDelivery: (tenantId, id) => retry(tenantId, id),
    },
    {},
    { trustedProxies: ['127.0.0.0/8', '::1/128'] },
  );
  acme = await makeTenant(server, 'acme', [...TENANT_SCOPES, 'audit:read']);
  other = await makeTenant(server, 'other', [...TENANT_SCOPES, 'audit:read']);
});
afterAll(() => server.close());

interface Entry {
  id: string;
  at: string;
  action: string;
  objectId: string | null;
  fields: string[];
  ok: boolean;
  address: string | null;
  userAgent: string | null;
  actor: { kind: string; id: string; prefix: string | null };
  tenant: { slug: string } | null;
}

async function logOf(client: GraphqlClient, filter: object = {}): Promise<Entry[]> {
  const { auditLog } = await client.ask<{ auditLog: { nodes: Entry[] } }>(
    `query ($filter: AuditFilter) { auditLog(filter: $filter, first: 250) {
      nodes { id at action objectId fields ok address userAgent actor { kind id prefix } tenant { slug } } } }`,
    { filter },
  );
  return auditLog.nodes;
}

describe('the audit log', () => {
  it('says who changed what, when and from where, and never a value', async () => {
    const before = Date.now();
    const headers = { 'user-agent': 'shop/1.0', 'x-forwarded-for': '203.0.113.7, 198.51.100.4' };
    const client = makeGraphqlClient(server.url, acme.key, headers);
    const endpoint = await createEndpoint(
      { ...acme, client },
      { url: 'https://a.example/hidden-path', headers: { authorization: 'hidden-value' }, secret: null },
    );
    const [entry] = await logOf(acme.client, { objectId: endpoint.id });
    expect(entry).toEqual({
      id: expect.stringMatching(/^aud_/) as string,
      at: expect.any(String) as string,
      action: 'endpointCreate',
      objectId: endpoint.id,
      fields: expect.arrayContaining(['url', 'headers']) as string[],
      ok: true,
      address: '198.51.100.4',
      userAgent: 'shop/1.0',
      actor: { kind: 'API_KEY', id: acme.keyId, prefix: acme.key.slice(0, 12) },
      tenant: { slug: 'acme' },
    });
    expect(Date.parse(entry?.at ?? '')).toBeGreaterThanOrEqual(before);
    const rows = await server.database.dataSource.query<object[]>('select * from audit_entries');
    expect(JSON.stringify(rows)).not.toContain('hidden');
  });

  it('has an entry of every kind of write, with what was changed', async () => {
    const endpoint = await createEndpoint(acme, { eventTypes: ['a.b'] });
    const run = (document: string, variables: object = {}) => acme.client.ask(document, variables);
    const subscription = endpoint.subscriptions[0]?.id ?? '';
    await run('mutation ($i: EndpointUpdateInput!) { endpointUpdate(input: $i) { endpoint { id } } }', {
      i: { id: endpoint.id, name: 'n', timeoutMs: 900 },
    });
    await run(
      'mutation ($i: EndpointSecretRotateInput!) { endpointSecretRotate(input: $i) { endpoint { id } } }',
      {
        i: { id: endpoint.id },
      },
    );
    await run('mutation ($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedId } }', {
      id: subscription,
    });
    await run('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id: endpoint.id });
    const [gone, unsubscribed, rotated, updated, created] = await logOf(acme.client);
    expect([gone, rotated, updated, created].map((entry) => [entry?.action, entry?.objectId])).toEqual([
      ['endpointDelete', endpoint.id],
      ['endpointSecretRotate', endpoint.id],
      ['endpointUpdate', endpoint.id],
      ['endpointCreate', endpoint.id],
    ]);
    expect(unsubscribed).toMatchObject({ action: 'webhookSubscriptionDelete', objectId: subscription });
    expect(updated?.fields).toEqual(['name', 'timeoutMs']);
  });

  it('knows whose thing an operator changed, even one that is gone by then', async () => {
    const endpoint = await createEndpoint(acme);
    const operator = makeGraphqlClient(server.url, OPERATOR_KEY);
    await operator.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id: endpoint.id });
    const [entry] = await logOf(acme.client, { objectId: endpoint.id, actions: ['endpointDelete'] });
    expect(entry).toMatchObject({
      actor: { kind: 'OPERATOR', id: 'operator', prefix: null },
      tenant: { slug: 'acme' },
    });
    const { inspectorCreate } = await acme.client.ask<{ inspectorCreate: { inspector: { id: string } } }>(
      'mutation { inspectorCreate(input: {}) { inspector { id } } }',
    );
    const { inspector } = inspectorCreate;
    await operator.ask('mutation ($id: ID!) { inspectorDelete(id: $id) { deletedId } }', inspector);
    const gone = await logOf(acme.client, { objectId: inspector.id, actions: ['inspectorDelete'] });
    expect(gone).toMatchObject([{ actor: { kind: 'OPERATOR' }, tenant: { slug: 'acme' } }]);
    const made = await logOf(operator, { actions: ['tenantCreate'], objectId: acme.id });
    expect(made).toMatchObject([{ tenant: { slug: 'acme' }, fields: ['slug', 'name'] }]);
  });

  it('shows a tenant what an operator did with its event types and replays, and nobody what all share', async () => {
    const keeper = makeGraphqlClient(server.url, OPERATOR_KEY, { 'warren-tenant': 'acme' });
    const operator = makeGraphqlClient(server.url, OPERATOR_KEY);
    const own = await saveEventType(keeper, { name: 'own.type' });
    const shared = await saveEventType(operator, { name: 'shared.type' });
    for (const { id } of [own, shared]) await archiveEventType(operator, id);
    const { id } = await createEndpoint(acme);
    const { replayCreate } = await acme.client.ask<{ replayCreate: { replay: { id: string } } }>(
      'mutation ($id: ID!) { replayCreate(input: { endpointId: $id }) { replay { id } } }',
      { id },
    );
    await operator.ask(
      'mutation ($id: ID!) { replayCancel(id: $id) { userErrors { code } } }',
      replayCreate.replay,
    );
    const actions = ['eventTypeArchive', 'replayCancel'];
    expect((await logOf(acme.client, { actions })).map(({ objectId }) => objectId)).toEqual([
      replayCreate.replay.id,
      own.id,
    ]);
    const [entry] = await logOf(operator, { objectId: shared.id, actions });
    expect(entry).toMatchObject({ action: 'eventTypeArchive', tenant: null });
  });

  it('shows a tenant its own entries alone, and needs audit:read', async () => {
    const endpoint = await createEndpoint(other);
    expect(await logOf(acme.client, { objectId: endpoint.id })).toEqual([]);
    expect((await logOf(acme.client)).every(({ tenant }) => tenant?.slug === 'acme')).toBe(true);
    expect(await logOf(other.client, { objectId: endpoint.id })).toHaveLength(1);
    const { plainKey } = await makeKey(acme.client, { name: 'x', scopes: ['endpoints:read'] });
    const without = makeGraphqlClient(server.url, plainKey);
    expect(await without.codeOf('{ auditLog { totalCount } }')).toBe('FORBIDDEN');
  });

  it('has nothing of what was refused, of reads, nor of events', async () => {
    const count = (await logOf(acme.client)).length;
    publish = () => Promise.resolve(done([{ eventId: newId('event'), duplicate: false }]));
    await acme.client.ask('mutation { eventPublish(input: { type: "a.b", data: 1 }) { eventId } }');
    await acme.client.ask('mutation { endpointDelete(id: "x") { userErrors { code } } }');
    await acme.client.ask('{ endpoints { totalCount } }');
    await acme.client.codeOf('mutation { tenantDelete(id: "x") { deletedId } }');
    expect(await logOf(acme.client)).toHaveLength(count);
  });

  it('says of what broke midway that it may have been done', async () => {
    retry = () => Promise.reject(new Error('the broker is away'));
    const id = newId('delivery');
    await acme.client.send('mutation ($id: ID!) { deliveryRetry(id: $id) { delivery { id } } }', { id });
    expect(await logOf(acme.client, { objectId: id })).toMatchObject([
      { action: 'deliveryRetry', ok: false },
    ]);
  });

  it('is read page by page, by action, by actor and by time', async () => {
    const page = await acme.client.ask<{
      auditLog: { totalCount: number; nodes: Entry[]; pageInfo: { endCursor: string } };
    }>('{ auditLog(first: 2) { totalCount nodes { id } pageInfo { endCursor } } }');
    const all = await logOf(acme.client);
    expect(page.auditLog.totalCount).toBe(all.length);
    const next = await acme.client.ask<{ auditLog: { nodes: Entry[] } }>(
      'query ($after: Cursor) { auditLog(first: 2, after: $after) { nodes { id } } }',
      { after: page.auditLog.pageInfo.endCursor },
    );
    expect([...page.auditLog.nodes, ...next.auditLog.nodes].map(({ id }) => id)).toEqual(
      all.slice(0, 4).map(({ id }) => id),
    );
    expect(await logOf(acme.client, { actorId: 'somebody else' })).toEqual([]);
    expect(await logOf(acme.client, { until: all.at(-1)?.at })).toEqual([]);
    expect(await logOf(acme.client, { since: all.at(-1)?.at })).toHaveLength(all.length);
    expect(await logOf(acme.client, { objectId: 'ключ' })).toEqual([]);
  });
});

it('a change that the audit log cannot take is done all the same, and goes to the log of the process', async () => {
  const happenings: unknown[] = [];
  const alone = await startApiServer({
    observe: (happening: unknown) => void happenings.push(happening),
  } as never);
  await alone.database.dataSource.query('rename table audit_entries to elsewhere');
  const tenant = await alone.operator.ask<{ tenantCreate: { tenant: { id: string } } }>(
    'mutation { tenantCreate(input: { slug: "late", name: "Late" }) { tenant { id } } }',
  );
  const line = alone.logLines.find((text) => text.includes('audit.unrecorded'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    entry: { action: 'tenantCreate', objectId: tenant.tenantCreate.tenant.id, actor: { kind: 'OPERATOR' } },
  });
  expect(happenings).toEqual([{ kind: 'audit-lost' }]);
  await alone.close();
});

it('an entry that is written twice is there once', async () => {
  const audit = makeAuditStore(makeDatabase(server.database.dataSource));
  const entry = {
    ...{ id: newId('auditEntry'), tenantId: acme.id, action: 'twice', objectId: null, fields: [], ok: true },
    ...{ address: null, userAgent: null, actor: { kind: 'TOKEN', id: 'ключ', prefix: null } as const },
  };
  await audit.append(entry);
  await audit.append(entry);
  expect(await audit.count(acme.id, { actions: ['twice'] })).toBe(1);
});
