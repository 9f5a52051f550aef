import { getIntrospectionQuery } from 'graphql';
import type { ApiStages } from '../../../src/api/dependencies';
import { done } from '../../../src/domain/errors';
import { makeGraphqlClient } from '../../support/graphql-client';
import { makeTenant, startApiServer, type ApiServer, type TestTenant } from '../../support/api-server';

let server: ApiServer;
let acme: TestTenant;
let publish: ApiStages['publishEvents'] = () => Promise.resolve(done([]));

beforeAll(async () => {
  server = await startApiServer({ publishEvents: (caller, inputs) => publish(caller, inputs) });
  acme = await makeTenant(server, 'acme');
});
afterAll(() => server.close());

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${acme.key}`, ...headers },
    body,
  });

describe('over HTTP', () => {
  it('refuses a form that another site’s page could send', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const response = await post('{"query":"{ viewer { isOperator } }"}', { 'content-type': type });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('CSRF');
    }
  });

  it('answers a query by GET, and no mutation', async () => {
    const get = (query: string) =>
      fetch(`${server.url}?query=${encodeURIComponent(query)}`, {
        headers: { authorization: `Bearer ${acme.key}`, 'apollo-require-preflight': 'true' },
      });
    expect(await (await get('{ viewer { isOperator } }')).json()).toEqual({
      data: { viewer: { isOperator: false } },
    });
    expect((await get('mutation { apiKeyRevoke(id: "x") { deletedId } }')).status).toBe(405);
  });

  it('refuses a body of more than 1 MiB with 413', async () => {
    const response = await post(
      JSON.stringify({ query: '{ viewer { isOperator } }', pad: 'x'.repeat(1024 * 1024) }),
    );
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it.each([
    ['no JSON', '{"query":'],
    [
      'JSON without end',
      `{"query":"{ viewer { isOperator } }","variables":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    ],
    ['a list of requests', '[{"query":"{ viewer { isOperator } }"}]'],
    ['no query', '{}'],
  ])('refuses %s with 400', async (_what, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty('errors');
  });

  it('lets pages of listed origins read answers, and no others', async () => {
    const preflight = (origin: string) => fetch(server.url, { method: 'OPTIONS', headers: { origin } });
    const listed = await preflight('https://portal.example');
    expect(listed.headers.get('access-control-allow-origin')).toBe('https://portal.example');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each<[string, string, string]>([
    [
      'nesting without end',
      `{ endpoint(id: "x") { ${'subscriptions { endpoint { '.repeat(6)} id ${'} }'.repeat(6)} } }`,
      'at most 12',
    ],
    [
      'aliases without end',
      `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: viewer { isOperator }`).join(' ')} }`,
      'at most 30',
    ],
    [
      'pages of pages',
      '{ events(first: 250) { nodes { deliveries(first: 250) { nodes { id status } } } } }',
      'at most 25000',
    ],
    [
      'aliases hidden in fragments',
      `query { ...A ...B } fragment A on Query { ${Array.from({ length: 16 }, (_, i) => `a${i}: viewer { isOperator }`).join(' ')} } fragment B on Query { ${Array.from({ length: 16 }, (_, i) => `b${i}: viewer { isOperator }`).join(' ')} }`,
      'at most 30',
    ],
  ])('refuses a document with %s, and says the limit', async (_what, query, limit) => {
    const { errors } = await acme.client.send(query);
    expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX' } }]);
    expect(errors?.[0]?.message).toContain(limit);
  });

  it('runs the usual introspection query, and a full page with everything', async () => {
    expect(await acme.client.ask(getIntrospectionQuery())).toHaveProperty('__schema');
    await acme.client.ask(`{ deliveries(first: 250) { totalCount pageInfo { endCursor } nodes {
      id status heldBecause attemptCount nextAttemptAt lastError createdAt updatedAt deliveredAt
      event { id type version data timestamp receivedAt } endpoint { id name url status headers }
      attempts { number at durationMs ok requestHeaders requestBody responseStatus responseHeaders responseBody error } } } }`);
  });

  it('tells a document that is no GraphQL from one that does not fit', async () => {
    expect(await acme.client.codeOf('{')).toBe('GRAPHQL_PARSE_FAILED');
    expect(await acme.client.codeOf('{ nothing }')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await acme.client.codeOf('query ($id: ID!) { event(id: $id) { id } }', { id: {} })).toBe(
      'BAD_USER_INPUT',
    );
  });

  const QUERY = '{ viewer { isOperator } }';
  const persisted = (persistedQuery: unknown) => ({ query: QUERY, extensions: { persistedQuery } });
  it.each<[string, unknown]>([
    ['an operation that is not in the document', { query: QUERY, operationName: 'Other' }],
    ['none of several operations', { query: `query A ${QUERY} query B ${QUERY}` }],
    ['a subscription without a WebSocket', { query: 'subscription { eventReceived { id } }' }],
    ['a hash that is not the document’s', persisted({ version: 1, sha256Hash: 'zz' })],
    ['a hash of another version', persisted({ version: 2, sha256Hash: 'zz' })],
    ['something that is no hash', persisted(5)],
    ['no document', {}],
    ['variables that are no object', { query: QUERY, variables: 5 }],
  ])('says BAD_USER_INPUT to %s, and logs no fault', async (_what, body) => {
    const lines = server.logLines.length;
    const response = await post(JSON.stringify(body));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(server.logLines.slice(lines)).toEqual([]);
  });

  it('writes a number that no double holds as it came when it complains of it', async () => {
    const response = await post(
      '{"query":"query ($n: Int) { endpoints(first: $n) { totalCount } }","variables":{"n":1e400}}',
    );
    expect(await response.text()).toContain('non-integer value: 1e400');
  });

  it('says SERVICE_UNAVAILABLE when the broker or the database is away', async () => {
    const document = 'mutation { eventPublish(input: { type: "a.b", data: 1 }) { eventId } }';
    publish = () => Promise.reject(Object.assign(new Error('nack'), { name: 'BrokerUnavailable' }));
    expect(await acme.client.codeOf(document)).toBe('SERVICE_UNAVAILABLE');
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    publish = () => Promise.reject(new Error('query failed', { cause: refused }));
    expect(await acme.client.codeOf(document)).toBe('SERVICE_UNAVAILABLE');
  });

  it('keeps what broke to itself, and logs it under the id that the caller gets', async () => {
    publish = () => Promise.reject(new Error('table events_secret_layout is corrupt'));
    const { errors } = await acme.client.send(
      'mutation { eventPublish(input: { type: "a.b", data: 1 }) { eventId } }',
    );
    expect(errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(errors)).not.toContain('secret_layout');
    expect(JSON.stringify(errors)).not.toContain('stack');
    const line = server.logLines.find((text) => text.includes(errors?.[0]?.extensions?.requestId ?? 'no id'));
    expect(line).toContain('secret_layout');
  });

  it('names the fields of one event by their own names', async () => {
    publish = () =>
      Promise.resolve({
        ok: false,
        userErrors: [{ field: ['events', '0', 'type'], code: 'INVALID', message: 'm' }],
      });
    const one =
      'mutation { eventPublish(input: { type: "a b", data: 1 }) { eventId duplicate userErrors { field } } }';
    expect(await acme.client.ask(one)).toEqual({
      eventPublish: { eventId: null, duplicate: false, userErrors: [{ field: ['type'] }] },
    });
    const many =
      'mutation { eventsPublish(input: { events: [{ type: "a b", data: 1 }] }) { eventIds userErrors { field } } }';
    expect(await acme.client.ask(many)).toEqual({
      eventsPublish: { eventIds: [], userErrors: [{ field: ['events', '0', 'type'] }] },
    });
  });
});

it('works for an anonymous client as far as nobody’s data is concerned', async () => {
  expect(await makeGraphqlClient(server.url).ask('{ __typename }')).toEqual({ __typename: 'Query' });
});
