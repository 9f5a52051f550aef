import { STATUS_CODES } from '../../../src/domain/delivery/delivery-status';
import { collectStatements } from '../../support/collect-statements';
import { createEndpoint } from '../../support/managing';
import {
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';
import { makeGraphqlClient } from '../../support/graphql-client';
import { seedDelivery } from '../../support/seed/seed-deliveries';

/** However long a list is, what hangs on its items is read for all of them at once. */

const MANY = 50;
/** Asked once a second for a key, whatever the document. */
const OF_AUTHENTICATION = /update `api_keys`|`hash` = /i;
let server: ApiServer;
let acme: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  acme = await makeTenant(server, 'acme');
  for (let i = 0; i < MANY; i++) {
    const endpoint = await createEndpoint(acme, { eventTypes: ['a.b', 'c.d'] });
    await seedDelivery(server.database, {
      tenantId: acme.id,
      endpointId: endpoint.id,
      subscriptionId: endpoint.subscriptions[0]?.id ?? '',
    });
  }
  for (let i = 0; i < MANY; i++) {
    const tenant = await makeTenant(server, `tenant-${i}`);
    await makeKey(server.operator, { tenantId: tenant.id, name: 'second', scopes: ['events:read'] });
  }
}, 120_000);
afterAll(() => server.close());

async function statementsFor(
  key: string,
  document: string,
  first: number,
): Promise<{ items: number; statements: string[] }> {
  const client = makeGraphqlClient(server.url, key);
  let items = 0;
  const all = await collectStatements(async () => {
    const [list] = Object.values(await client.ask<Record<string, { nodes: unknown[] }>>(document, { first }));
    items = list?.nodes.length ?? 0;
  });
  return { items, statements: all.filter((statement) => !OF_AUTHENTICATION.test(statement)) };
}

it.each<[string, number, string]>([
  [
    'deliveries with their endpoint, its subscriptions, event, tenant, attempts and bodies',
    13,
    `query ($first: Int) { deliveries(first: $first) { totalCount nodes {
       id endpoint { id secret headers tenant { slug } subscriptions { id eventTypes } }
       subscription { id } event { type data tenant { slug } }
       attempts { number requestBody responseBody } } } }`,
  ],
  [
    'events with their deliveries',
    6,
    `query ($first: Int) { events(first: $first) { nodes {
       id data tenant { slug } deliveries(first: 5) { totalCount nodes { id endpoint { name } } } } } }`,
  ],
  [
    'endpoints with their subscriptions, secrets and statistics',
    8,
    `query ($first: Int) { endpoints(first: $first) { nodes {
       id secret stats { total } tenant { slug } subscriptions { id endpoint { url } } } } }`,
  ],
  [
    'subscriptions with their endpoints',
    3,
    `query ($first: Int) { webhookSubscriptions(first: $first) { nodes { id endpoint { url tenant { slug } } } } }`,
  ],
])('%s cost at most %i statements, for 5 and for 50', async (_what, most, document) => {
  const five = await statementsFor(acme.key, document, 5);
  const fifty = await statementsFor(acme.key, document, MANY);
  expect([five.items, fifty.items]).toEqual([5, MANY]);
  expect(five.statements.length).toBeGreaterThan(0);
  expect(fifty.statements).toHaveLength(five.statements.length);
  expect(fifty.statements.length).toBeLessThanOrEqual(most);
});

it.each<[string, number, string]>([
  [
    'tenants with their keys',
    2,
    'query ($first: Int) { tenants(first: $first) { nodes { id apiKeys { name } } } }',
  ],
  [
    'entries of the audit log with their tenants',
    2,
    'query ($first: Int) { auditLog(first: $first) { nodes { id tenant { slug } } } }',
  ],
])('for an operator, %s cost at most %i statements, for 5 and for 50', async (_what, most, document) => {
  const { plainKey } = await makeKey(server.operator, {
    name: 'all',
    scopes: ['tenants:admin', 'keys:write', 'audit:read'],
  });
  const five = await statementsFor(plainKey, document, 5);
  const fifty = await statementsFor(plainKey, document, MANY);
  expect([five.items, fifty.items]).toEqual([5, MANY]);
  expect(fifty.statements).toHaveLength(five.statements.length);
  expect(fifty.statements.length).toBeLessThanOrEqual(most);
});

it('names no next attempt of what is on the ladder for a deleted endpoint, in one statement for all', async () => {
  await server.database.dataSource.query(
    `update deliveries set status = ${STATUS_CODES.RETRYING}, next_attempt_at = '2030-01-01 00:00:00'`,
  );
  interface Waiting {
    status: string;
    nextAttemptAt: string | null;
    endpoint: { id: string };
  }
  const read = async (): Promise<Waiting[]> => {
    const { deliveries } = await acme.client.ask<{ deliveries: { nodes: Waiting[] } }>(
      `{ deliveries(first: ${MANY}) { nodes { status nextAttemptAt endpoint { id } } } }`,
    );
    return deliveries.nodes;
  };
  const times = new Set((await read()).map(({ nextAttemptAt }) => nextAttemptAt));
  expect(times).toEqual(new Set(['2030-01-01T00:00:00.000Z']));
  const gone = (await read())[3]?.endpoint.id;
  await acme.client.ask('mutation ($id: ID!) { endpointDelete(id: $id) { deletedId } }', { id: gone });
  const left = await read();
  expect(left.filter(({ nextAttemptAt }) => nextAttemptAt === null)).toEqual([
    { status: 'RETRYING', nextAttemptAt: null, endpoint: { id: gone } },
  ]);
  const document = 'query ($first: Int) { deliveries(first: $first) { nodes { nextAttemptAt } } }';
  const { items, statements } = await statementsFor(acme.key, document, MANY);
  expect(items).toBe(MANY);
  expect(statements.filter((statement) => /from `endpoints`/i.test(statement))).toHaveLength(1);
});
