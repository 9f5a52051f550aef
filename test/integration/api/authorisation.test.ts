import { SCOPES } from '../../../src/domain/scopes';
import { makeGraphqlClient } from '../../support/graphql-client';
import {
  OPERATOR_KEY,
  makeKey,
  makeTenant,
  startApiServer,
  type ApiServer,
  type TestTenant,
} from '../../support/api-server';

let server: ApiServer;
let ours: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  ours = await makeTenant(server, 'ours');
  const theirs = await makeTenant(server, 'theirs');
  await theirs.client.ask(
    'mutation { endpointCreate(input: { url: "https://a.example" }) { endpoint { id } } }',
  );
});
afterAll(() => server.close());

describe('an operator', () => {
  it('sees every tenant, and one alone with warren-tenant', async () => {
    const all = await server.operator.ask<{ endpoints: { totalCount: number } }>(
      '{ endpoints { totalCount } }',
    );
    expect(all.endpoints.totalCount).toBe(1);
    const acting = makeGraphqlClient(server.url, OPERATOR_KEY, {
      'warren-tenant': 'ours',
    });
    expect(await acting.ask('{ viewer { isOperator tenant { slug } } endpoints { totalCount } }')).toEqual({
      viewer: { isOperator: true, tenant: { slug: 'ours' } },
      endpoints: { totalCount: 0 },
    });
  });

  it('can make a service key, which acts over all tenants within its scopes', async () => {
    const { plainKey } = await makeKey(server.operator, { name: 'reader', scopes: ['endpoints:read'] });
    const service = makeGraphqlClient(server.url, plainKey);
    expect(
      await service.ask('{ viewer { isOperator tenant { id } scopes } endpoints { totalCount } }'),
    ).toEqual({
      viewer: { isOperator: false, tenant: null, scopes: ['endpoints:read'] },
      endpoints: { totalCount: 1 },
    });
    expect(await service.codeOf('{ tenants { totalCount } }')).toBe('FORBIDDEN');
  });
});

/** A document for each root field that has a scope, and the scope. */
const SCOPED: [scope: string, document: string][] = [
  ['endpoints:read', '{ endpoint(id: "x") { id } }'],
  ['endpoints:read', '{ endpoints { totalCount } }'],
  ['endpoints:read', '{ webhookSubscription(id: "x") { id } }'],
  ['endpoints:read', '{ webhookSubscriptions { totalCount } }'],
  ['events:read', '{ event(id: "x") { id } }'],
  ['events:read', '{ events { totalCount } }'],
  ['deliveries:read', '{ delivery(id: "x") { id } }'],
  ['deliveries:read', '{ deliveries { totalCount } }'],
  ['keys:write', '{ viewer { tenant { apiKeys { id } } } }'],
  ['tenants:admin', 'mutation { tenantCreate(input: { slug: "x", name: "x" }) { userErrors { code } } }'],
  ['tenants:admin', 'mutation { tenantUpdate(input: { id: "x" }) { userErrors { code } } }'],
  ['tenants:admin', 'mutation { tenantDelete(id: "x") { userErrors { code } } }'],
  [
    'keys:write',
    'mutation { apiKeyCreate(input: { name: "x", scopes: ["events:read"] }) { userErrors { code } } }',
  ],
  ['audit:read', '{ auditLog { totalCount } }'],
  ['keys:write', 'mutation { portalSessionCreate(input: { tenantId: "x" }) { userErrors { code } } }'],
  ['keys:write', 'mutation { apiKeyRevoke(id: "x") { userErrors { code } } }'],
  [
    'endpoints:write',
    'mutation { endpointCreate(input: { url: "https://x.example" }) { userErrors { code } } }',
  ],
  ['endpoints:write', 'mutation { endpointUpdate(input: { id: "x" }) { userErrors { code } } }'],
  ['endpoints:write', 'mutation { endpointPause(id: "x") { userErrors { code } } }'],
  ['endpoints:write', 'mutation { endpointResume(input: { id: "x" }) { userErrors { code } } }'],
  ['endpoints:write', 'mutation { endpointDelete(id: "x") { userErrors { code } } }'],
  ['endpoints:write', 'mutation { endpointSecretRotate(input: { id: "x" }) { userErrors { code } } }'],
  ['endpoints:write', 'mutation { endpointTest(input: { id: "x" }) { userErrors { code } } }'],
  [
    'endpoints:write',
    'mutation { webhookSubscriptionCreate(input: { endpointId: "x", eventTypes: ["#"] }) { userErrors { code } } }',
  ],
  ['endpoints:write', 'mutation { webhookSubscriptionUpdate(input: { id: "x" }) { userErrors { code } } }'],
  ['endpoints:write', 'mutation { webhookSubscriptionDelete(id: "x") { userErrors { code } } }'],
  ['events:publish', 'mutation { eventPublish(input: { type: "a.b", data: {} }) { userErrors { code } } }'],
  ['events:publish', 'mutation { eventsPublish(input: { events: [] }) { userErrors { code } } }'],
  [
    'sources:write',
    'mutation { sourceCreate(input: { name: "x", provider: SLACK, signingSecret: "x" }) { userErrors { code } } }',
  ],
  ['sources:write', 'mutation { sourceUpdate(input: { id: "x" }) { userErrors { code } } }'],
  [
    'sources:write',
    'mutation { sourceSecretRotate(input: { id: "x", signingSecret: "x" }) { userErrors { code } } }',
  ],
  ['sources:write', 'mutation { sourceDelete(id: "x") { userErrors { code } } }'],
  ['deliveries:write', 'mutation { deliveryRetry(id: "x") { userErrors { code } } }'],
  ['deliveries:write', 'mutation { deliveryCancel(id: "x") { userErrors { code } } }'],
];

describe('a scope that is missing', () => {
  it.each(SCOPED)('%s is named by FORBIDDEN: %s', async (scope, document) => {
    const scopes = SCOPES.filter((each) => each !== scope);
    const { plainKey } = await makeKey(server.operator, { tenantId: ours.id, name: 'almost', scopes });
    const { errors } = await makeGraphqlClient(server.url, plainKey).send(document);
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    expect(errors?.[0]?.message).toContain(scope);
  });

  it('cannot be had by a tenant’s key for what is above its tenant', async () => {
    const { plainKey } = await makeKey(server.operator, { tenantId: ours.id, name: 'all', scopes: SCOPES });
    const document = 'mutation { tenantCreate(input: { slug: "more", name: "x" }) { userErrors { code } } }';
    expect(await makeGraphqlClient(server.url, plainKey).codeOf(document)).toBe('FORBIDDEN');
  });
});

describe('nobody', () => {
  it.each(SCOPED)('without a key is UNAUTHENTICATED (%s)', async (_scope, document) => {
    expect(await makeGraphqlClient(server.url).codeOf(document)).toBe('UNAUTHENTICATED');
  });

  it.each(['', 'wrn_wrong', `wrn_${'x'.repeat(43)}`, 'x'.repeat(5000)])(
    'is let in with the wrong key %p',
    async (key) => {
      expect(await makeGraphqlClient(server.url, key).codeOf('{ viewer { isOperator } }')).toBe(
        'UNAUTHENTICATED',
      );
    },
  );
});
