import { makeGraphqlClient, type GraphqlClient } from '../../support/graphql-client';
import {
  archiveEventType,
  findEventType,
  listEventTypes,
  saveEventType,
  upsertEventType,
} from '../../support/event-types';
import {
  OPERATOR_KEY,
  TENANT_SCOPES,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { createEndpoint } from '../../support/managing';

const SCOPES = [...TENANT_SCOPES, 'catalog:write'];
const ORDER = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };

let server: ApiServer;
let acme: TestTenant;
let beta: TestTenant;
let actingForAcme: GraphqlClient;

beforeAll(async () => {
  server = await startApiServer({
    checkExpression: ({ expression }) =>
      Promise.resolve(expression.includes('(((') ? { ok: false, reason: 'it does not parse' } : { ok: true }),
  });
  acme = await makeTenant(server, 'acme', SCOPES);
  beta = await makeTenant(server, 'beta', SCOPES);
  actingForAcme = makeGraphqlClient(server.url, OPERATOR_KEY, { 'warren-tenant': 'acme' });
});
afterAll(() => server.close());

describe('whose an event type is', () => {
  it('is everybody’s when an operator saves it who acts for no tenant, and that is announced', async () => {
    const saved = await saveEventType(server.operator, { name: 'shared.one', description: ' for all ' });
    expect(saved).toMatchObject({ tenant: null, description: 'for all', archived: false });
    expect(saved.id).toMatch(/^evtype_/);
    expect(server.announced.at(-1)).toEqual({ kind: 'catalog', version: expect.any(Number) as number });
    expect(await findEventType(acme.client, 'shared.one')).toMatchObject({ id: saved.id, tenant: null });
  });

  it('is the tenant’s when its key saves it, or an operator acting for it', async () => {
    const own = await saveEventType(acme.client, { name: 'acme.own' });
    expect(own.tenant).toEqual({ slug: 'acme' });
    expect(server.announced.at(-1)).toMatchObject({ kind: 'config', tenantId: acme.id });
    expect((await saveEventType(actingForAcme, { name: 'acme.own', description: 'x' })).id).toBe(own.id);
    expect(await findEventType(beta.client, 'acme.own')).toBeNull();
  });

  it('is not changed by who spells its name in another case', async () => {
    await saveEventType(acme.client, { name: 'acme.spelt', description: 'first' });
    const { userErrors } = await upsertEventType(acme.client, { name: 'Acme.Spelt', description: 'second' });
    expect(userErrors).toMatchObject([{ field: ['name'], code: 'TAKEN' }]);
    expect(await findEventType(acme.client, 'acme.spelt')).toMatchObject({ description: 'first' });
  });

  it('hides the shared one of the same name from that tenant alone', async () => {
    const shared = await saveEventType(server.operator, { name: 'both.have', description: 'shared' });
    const own = await saveEventType(acme.client, { name: 'both.have', description: 'own' });
    expect(await findEventType(acme.client, 'both.have')).toMatchObject({ id: own.id });
    expect(await findEventType(beta.client, 'both.have')).toMatchObject({ id: shared.id });
    const ids = (await listEventTypes(acme.client)).nodes.map(({ id }) => id);
    expect(ids).toContain(own.id);
    expect(ids).not.toContain(shared.id);
  });

  it('shows in the list of those who reach it, page by page, newest first', async () => {
    await saveEventType(beta.client, { name: 'beta.own' });
    const all = await listEventTypes(beta.client);
    expect(all.nodes.map(({ name }) => name)).toEqual(['beta.own', 'both.have', 'shared.one']);
    expect(all.totalCount).toBe(3);
    const first = await listEventTypes(beta.client, 'first: 2');
    const rest = await listEventTypes(beta.client, `first: 2, after: "${first.pageInfo.endCursor}"`);
    expect([...first.nodes, ...rest.nodes].map(({ name }) => name)).toEqual(
      all.nodes.map(({ name }) => name),
    );
    expect(rest.pageInfo.hasNextPage).toBe(false);
    const everything = (await listEventTypes(server.operator)).nodes.map(({ name }) => name);
    expect(everything).toEqual(expect.arrayContaining(['acme.own', 'beta.own', 'shared.one']));
  });

  it('is found as a node', async () => {
    const saved = await saveEventType(acme.client, { name: 'as.node' });
    const ask = (by: GraphqlClient) =>
      by.ask<{ node: object | null }>('query ($id: ID!) { node(id: $id) { __typename id } }', {
        id: saved.id,
      });
    expect((await ask(acme.client)).node).toEqual({ __typename: 'EventType', id: saved.id });
    expect((await ask(beta.client)).node).toBeNull();
  });

  it('needs catalog:write to be saved, and one of three scopes to be read', async () => {
    const reader = await makeTenant(server, 'reader', ['events:read']);
    const stranger = await makeTenant(server, 'stranger', ['events:publish']);
    expect(await findEventType(reader.client, 'shared.one')).not.toBeNull();
    expect(
      await reader.client.codeOf('mutation { eventTypeUpsert(input: { name: "a" }) { warnings } }'),
    ).toBe('FORBIDDEN');
    expect(await stranger.client.codeOf('{ eventTypes { totalCount } }')).toBe('FORBIDDEN');
    expect(await stranger.client.codeOf('{ eventType(name: "shared.one") { id } }')).toBe('FORBIDDEN');
  });
});

describe('saving a version', () => {
  it('keeps what is left out, and takes null for the default', async () => {
    const name = 'keeps.it';
    await saveEventType(acme.client, {
      name,
      description: 'd',
      requiredScope: 'orders:gold',
      schema: ORDER,
      example: { id: 'a' },
    });
    const second = await saveEventType(acme.client, { name, deprecated: true });
    expect(second).toMatchObject({
      description: 'd',
      requiredScope: 'orders:gold',
      versions: [{ version: 1, schema: ORDER, example: { id: 'a' }, deprecated: true }],
    });
    const third = await saveEventType(acme.client, {
      name,
      description: null,
      requiredScope: null,
      example: null,
      schema: null,
    });
    expect(third).toMatchObject({
      description: '',
      requiredScope: null,
      versions: [{ version: 1, schema: null, example: null }],
    });
  });

  it('keeps every digit of an example, whose numbers a double may not hold', async () => {
    const number = '12345678901234567890.123456789';
    const ask = async (query: string, variables: string): Promise<string> => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${acme.key}` },
        body: `{"query": ${JSON.stringify(query)}, "variables": ${variables}}`,
      });
      return response.text();
    };
    const schema = '{"type":"object","properties":{"amount":{"type":"number"}}}';
    const saved = await ask(
      'mutation ($input: EventTypeInput!) { eventTypeUpsert(input: $input) { userErrors { message } } }',
      `{"input": {"name": "exact.example", "schema": ${schema}, "example": {"amount": ${number}}}}`,
    );
    expect(saved).toContain('"userErrors":[]');
    expect(await ask('{ eventType(name: "exact.example") { versions { example } } }', '{}')).toContain(
      `"example":{"amount":${number}}`,
    );
  });

  it('takes the next one with its downgrade, and leaves the one before', async () => {
    const name = 'two.versions';
    await saveEventType(acme.client, { name, schema: ORDER });
    const saved = await saveEventType(acme.client, {
      ...{ name, version: 2, downgrade: '{ "id": $string(number) }' },
      schema: { type: 'object', properties: { number: { type: 'integer' } } },
    });
    expect(saved.versions.map(({ version, downgrade }) => [version, downgrade])).toEqual([
      [1, null],
      [2, '{ "id": $string(number) }'],
    ]);
  });

  it.each<[string, object, string[], RegExp]>([
    ['a name with a blank', { name: 'a b' }, ['name'], /dot-separated/],
    ['a name that is a pattern', { name: 'order.*' }, ['name'], /dot-separated/],
    ['a reserved name', { name: 'warren.mine' }, ['name'], /Warren’s own/],
    ['a version that skips', { version: 3 }, ['version'], /the first version is 1/],
    ['version 0', { version: 0 }, ['version'], /from 1/],
    ['a description that is too long', { description: 'x'.repeat(2001) }, ['description'], /2000/],
    ['a scope that is no name', { requiredScope: 'a b' }, ['requiredScope'], /letters/],
    ['a schema that is none', { schema: 5 }, ['schema'], /object/],
    ['a type that there is not', { schema: { type: 'strin' } }, ['schema', '/type'], /must be one of/],
    ['a keyword that there is not', { schema: { requried: [] } }, ['schema', '/requried'], /no keyword/],
    [
      'a remote reference',
      { schema: { properties: { a: { $ref: 'https://a.example/s.json' } } } },
      ['schema', '/properties/a/$ref'],
      /inside this document/,
    ],
    ['a reference to nowhere', { schema: { $ref: '#/$defs/a' } }, ['schema', '/$ref'], /leads nowhere/],
    ['a schema that is itself', { schema: { $ref: '#' } }, ['schema', '/$ref'], /without going deeper/],
    ['a pattern with look-ahead', { schema: { pattern: '(?=a)' } }, ['schema', '/pattern'], /look-ahead/],
    [
      'a schema that is too large',
      { schema: { description: 'x'.repeat(70_000) } },
      ['schema'],
      /65536 bytes/,
    ],
    [
      'an example that does not fit',
      { schema: ORDER, example: { id: 1 } },
      ['example', '/id'],
      /must be string/,
    ],
    ['a downgrade of version 1', { downgrade: 'id' }, ['downgrade'], /no version before/],
  ])('refuses %s, and writes nothing', async (_, input, field, message) => {
    const { eventType, userErrors, warnings } = await upsertEventType(acme.client, {
      name: 'is.refused',
      ...input,
    });
    expect(eventType).toBeNull();
    expect(warnings).toEqual([]);
    expect(userErrors).toHaveLength(1);
    expect(userErrors[0]?.field).toEqual(field);
    expect(userErrors[0]?.message).toMatch(message);
    expect(await findEventType(acme.client, 'is.refused')).toBeNull();
  });

  it('refuses a downgrade that does not parse', async () => {
    await saveEventType(acme.client, { name: 'bad.downgrade' });
    const { userErrors } = await upsertEventType(acme.client, {
      ...{ name: 'bad.downgrade', version: 2, downgrade: '(((' },
    });
    expect(userErrors).toMatchObject([{ field: ['downgrade'], code: 'INVALID' }]);
    expect((await findEventType(acme.client, 'bad.downgrade'))?.versions).toHaveLength(1);
  });

  it('is made once when twenty save it at the same time', async () => {
    const saved = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        upsertEventType(beta.client, { name: 'at.once', description: String(index) }),
      ),
    );
    const ids = new Set(saved.flatMap(({ eventType }) => (eventType ? [eventType.id] : [])));
    expect(ids.size).toBe(1);
    const refusals = saved.flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
    expect(new Set(refusals).size).toBeLessThanOrEqual(1);
    expect(refusals.every((code) => code === 'CONFLICT')).toBe(true);
  });
});

describe('the warnings', () => {
  it('name what breaks, and the subscriptions that read it', async () => {
    const endpoint = await createEndpoint(acme);
    const subscribe = async (rules: object): Promise<string> => {
      const { answer } = await acme.client.ask<{ answer: { webhookSubscription: { id: string } } }>(
        `mutation ($input: WebhookSubscriptionInput!) { answer: webhookSubscriptionCreate(input: $input) {
          webhookSubscription { id } userErrors { message } } }`,
        { input: { endpointId: endpoint.id, eventTypes: ['sale.*'], ...rules } },
      );
      return answer.webhookSubscription.id;
    };
    const byFilter = await subscribe({ filter: { data: { total: [{ numeric: ['>', 1] }] } } });
    const byFields = await subscribe({ includeFields: ['id', 'total.amount'] });
    const byTransform = await subscribe({ transform: '{ "t": data.total }' });
    const readsOther = await subscribe({ includeFields: ['id'] });
    const pinned = await subscribe({ version: 1, includeFields: ['total'] });
    const foreign = await createEndpoint(beta, { eventTypes: ['#'] });
    const name = 'sale.made';
    await saveEventType(acme.client, {
      name,
      schema: {
        type: 'object',
        required: ['id', 'total'],
        properties: { id: { type: 'string' }, total: { type: 'number' }, note: { type: 'string' } },
      },
    });
    const { warnings } = await saveEventType(acme.client, {
      name,
      version: 2,
      schema: { type: 'object', properties: { id: { type: 'integer' }, note: { type: 'string' } } },
    });
    expect(warnings).toContain(
      `FIELD_REMOVED data.total: was required; read by ${[byFilter, byFields, byTransform].join(', ')}`,
    );
    expect(warnings).toContain(
      `TYPE_CHANGED data.id: was string, is integer; read by ${[byFields, readsOther].join(', ')}`,
    );
    expect(warnings.join()).toMatch(/REQUIRED_REMOVED data\.id/);
    expect(warnings.at(-1)).toContain(`DOWNGRADE_MISSING version 2`);
    expect(warnings.at(-1)).toContain(pinned);
    expect(warnings.join()).not.toContain(foreign.subscriptions[0]?.id);
  });

  it('of each version against the one before are told with it, whoever asks', async () => {
    const changesOf = async (name: string) => {
      const { eventType } = await acme.client.ask<{ eventType: { versions: { changes: unknown[] }[] } }>(
        `query ($name: String!) { eventType(name: $name) {
          versions { changes { code place detail breaks } } } }`,
        { name },
      );
      return eventType.versions.map(({ changes }) => changes);
    };
    const name = 'changes.told';
    await saveEventType(acme.client, { name, schema: ORDER });
    const schema = { type: 'object', required: ['no'], properties: { no: { type: 'string' } } };
    await saveEventType(acme.client, { name, version: 2, schema });
    await saveEventType(acme.client, { name, version: 3 });
    expect(await changesOf(name)).toEqual([
      [],
      [
        { code: 'FIELD_REMOVED', place: 'data.id', detail: 'was required', breaks: 'READERS' },
        {
          ...{ code: 'REQUIRED_ADDED', place: 'data.no', breaks: 'PUBLISHERS' },
          detail: 'events without it are refused now',
        },
      ],
      [],
    ]);
  });

  it('are empty for the first version, and for what is saved again as it is', async () => {
    const input = { name: 'no.warnings', schema: ORDER };
    expect((await saveEventType(acme.client, input)).warnings).toEqual([]);
    expect((await saveEventType(acme.client, input)).warnings).toEqual([]);
  });
});

describe('an archived event type', () => {
  it('takes no new subscriber by name, and is back when it is saved again', async () => {
    const { id } = await saveEventType(acme.client, { name: 'is.old' });
    const { eventType } = await archiveEventType(acme.client, id);
    expect(eventType).toMatchObject({ archived: true });
    const refused = await acme.client.ask<{ answer: { userErrors: unknown[] } }>(
      `mutation { answer: endpointCreate(input: { url: "https://a.example", eventTypes: ["is.*", "is.old"] }) {
        userErrors { field code message } } }`,
    );
    expect(refused.answer.userErrors).toMatchObject([{ field: ['eventTypes', '1'], code: 'INVALID' }]);
    expect(await saveEventType(acme.client, { name: 'is.old' })).toMatchObject({ id, archived: false });
    await createEndpoint(acme, { eventTypes: ['is.old'] });
  });

  it('is not the tenant’s to archive when everybody shares it', async () => {
    const { id } = await saveEventType(server.operator, { name: 'is.shared' });
    expect((await archiveEventType(acme.client, id)).userErrors).toMatchObject([
      { field: ['id'], code: 'NOT_FOUND' },
    ]);
    expect(await findEventType(acme.client, 'is.shared')).toMatchObject({ archived: false });
  });
});

describe('a scope that an event type requires', () => {
  const UPDATE = `mutation ($id: ID!, $scopes: [String!]) {
    tenantUpdate(input: { id: $id, scopes: $scopes }) { userErrors { message } } }`;
  const subscribe = (tenant: TestTenant) =>
    tenant.client.ask<{ answer: { endpoint: object | null; userErrors: object[] } }>(
      `mutation { answer: endpointCreate(input: { url: "https://a.example", eventTypes: ["gold.coin"] }) {
        endpoint { id } userErrors { field code message } } }`,
    );

  it('keeps a tenant from subscribing by name until it has been granted it', async () => {
    await saveEventType(server.operator, { name: 'gold.coin', requiredScope: 'gold' });
    expect((await subscribe(acme)).answer).toMatchObject({
      endpoint: null,
      userErrors: [{ field: ['eventTypes', '0'], code: 'INVALID' }],
    });
    await createEndpoint(acme, { eventTypes: ['gold.*'] });
    await server.operator.ask(UPDATE, { id: acme.id, scopes: ['gold'] });
    expect(server.announced.at(-1)).toMatchObject({ kind: 'config', tenantId: acme.id });
    expect((await subscribe(acme)).answer.userErrors).toEqual([]);
  });
});
