import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { compileSchema } from '../../src/catalog/compile-schema';
import type { Credentials } from '../../src/domain/request/credentials';
import { DEFAULT_SCHEDULE_SECONDS } from '../../src/domain/delivery/retry-ladder';
import { makeApiRoutes, type ApiConfig, type ApiRoutes } from '../../src/api/server';
import type { ApiStages } from '../../src/api/dependencies';
import type { SOCKET_LIMITS } from '../../src/api/http/web-socket';
import type { ControlMessage } from '../../src/messages/control';
import { makeKeyRing } from '../../src/runtime/key-ring';
import { makeLogger } from '../../src/runtime/logger';
import { PROVIDERS } from '../../src/sources/receive-webhook';
import { makeApiKeyStore } from '../../src/store/settings/api-key-store';
import { makeAttemptQueries } from '../../src/store/deliveries/attempt-queries';
import { makeAuditStore } from '../../src/store/settings/audit-store';
import { makeCatalogStore } from '../../src/store/catalog/catalog-store';
import { makeDatabase } from '../../src/store/database';
import { makeDeliveryQueries } from '../../src/store/deliveries/delivery-queries';
import { makeEndpointStore } from '../../src/store/settings/endpoint-store';
import { makeEventQueries } from '../../src/store/events/event-queries';
import { makeInspectedRequestStore } from '../../src/store/events/inspected-request-store';
import { makeInspectorStore } from '../../src/store/settings/inspector-store';
import { makeReplayEstimates } from '../../src/store/replays/replay-estimates';
import { makeReplayStore } from '../../src/store/replays/replay-store';
import { makeSourceStore } from '../../src/store/settings/source-store';
import { makeStatsQueries } from '../../src/store/stats/stats-queries';
import { makeSubscriptionStore } from '../../src/store/settings/subscription-store';
import { makeTenantStore } from '../../src/store/settings/tenant-store';
import { makeGraphqlClient, type GraphqlClient } from './graphql-client';
import { makeTestDatabase, type TestDatabase } from './test-database';
import { makeTurnTaking } from '../../src/runtime/turn-taking';

export const OPERATOR_KEY = 'wrn_an-operator-key-for-tests-only';
const MASTER_KEY = `test:${Buffer.alloc(32, 7).toString('base64')}`;

export interface ApiServer {
  url: string;
  database: TestDatabase;
  routes: ApiRoutes;
  http: Server;
  operator: GraphqlClient;
  /** Everything announced so far. */
  announced: ControlMessage[];
  /** What the log has to say, as lines of JSON. */
  logLines: string[];
  close(): Promise<void>;
}

const notFaked = (name: string) => () => {
  throw new Error(`${name} is not faked in this test`);
};

/** The API over a real database, with fakes for the stages that a test gives. */
export async function startApiServer(
  stages: Partial<ApiStages> = {},
  socketLimits: Partial<typeof SOCKET_LIMITS> = {},
  settings: Partial<ApiConfig> = {},
): Promise<ApiServer> {
  const database = await makeTestDatabase();
  const tables = makeDatabase(database.dataSource);
  const announced: ControlMessage[] = [];
  const logLines: string[] = [];
  const routes = await makeApiRoutes(
    {
      publishEvents: notFaked('publishEvents'),
      retryDelivery: notFaked('retryDelivery'),
      cancelDelivery: notFaked('cancelDelivery'),
      watchDeliveries: notFaked('watchDeliveries'),
      allTenants: {
        watch: notFaked('allTenants.watch'),
        newest: () => Promise.resolve({ round: { number: 0, atMs: 0 } }),
        placeOf: () => Promise.resolve('there'),
      },
      watchEvents: notFaked('watchEvents'),
      watchEndpoints: notFaked('watchEndpoints'),
      placeOf: () => Promise.resolve('there'),
      lastSeq: () => Promise.resolve(0),
      watchReplay: notFaked('watchReplay'),
      watchInspector: notFaked('watchInspector'),
      listenToTunnel: notFaked('listenToTunnel'),
      answerTunnel: () => undefined,
      sendTest: notFaked('sendTest'),
      downgrade: notFaked('downgrade'),
      shapeData: notFaked('shapeData'),
      checkSample: notFaked('checkSample'),
      inTurns: makeTurnTaking(),
      renderRequest: notFaked('renderRequest'),
      checkExpression: () => Promise.resolve({ ok: true }),
      checkUrl: () => Promise.resolve({ ok: true }),
      checkCredentials: (_tenantId, _url, given) =>
        Promise.resolve({ ok: true, credentials: given as Credentials | null }),
      compileSchema,
      secretFault: (provider, secret) => PROVIDERS[provider].secretFault(secret),
      sourceUrl: (id) => `http://warren.example/in/${id}`,
      inspectorUrl: (token) => `http://warren.example/inspect/${token}`,
      announce: (message) => void announced.push(message),
      tell: () => undefined,
      ...stages,
      log: makeLogger('info', { write: (line: string) => void logLines.push(line) }),
      stores: {
        tenants: makeTenantStore(tables),
        apiKeys: makeApiKeyStore(tables),
        endpoints: makeEndpointStore(tables, makeKeyRing([MASTER_KEY])),
        subscriptions: makeSubscriptionStore(tables),
        catalog: makeCatalogStore(tables),
        events: makeEventQueries(tables),
        deliveries: makeDeliveryQueries(tables),
        attempts: makeAttemptQueries(tables),
        audit: makeAuditStore(tables),
        replays: { ...makeReplayStore(tables), ...makeReplayEstimates(tables) },
        stats: makeStatsQueries(tables),
        sources: makeSourceStore(tables, makeKeyRing([MASTER_KEY])),
        inspectors: makeInspectorStore(tables, makeKeyRing([MASTER_KEY])),
        inspectedRequests: makeInspectedRequestStore(tables),
      },
    },
    {
      operatorKey: OPERATOR_KEY,
      masterKeys: [MASTER_KEY],
      ladder: DEFAULT_SCHEDULE_SECONDS,
      retrySchedule: DEFAULT_SCHEDULE_SECONDS,
      maxEventBytes: 262_144,
      corsOrigins: ['https://portal.example'],
      publicUrl: () => 'http://warren.example',
      namespace: 'warren',
      jwt: undefined,
      rateLimitPerSecond: 0,
      trustedProxies: [],
      trustedDocuments: undefined,
      trustedDocumentsOnly: false,
      inspector: true,
      ...settings,
    },
    socketLimits,
  );
  const http = createServer(express().use(routes.router));
  routes.attachWebSocket(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
  return {
    url,
    database,
    routes,
    http,
    operator: makeGraphqlClient(url, OPERATOR_KEY),
    announced,
    logLines,
    async close() {
      await routes.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await database.drop();
    },
  };
}

export interface TestTenant {
  id: string;
  slug: string;
  /** The key's plain text. */
  key: string;
  keyId: string;
  client: GraphqlClient;
}

export const TENANT_SCOPES = [
  ...['keys:write', 'events:publish', 'events:read', 'endpoints:read', 'endpoints:write', 'endpoints:secret'],
  ...['deliveries:read', 'deliveries:write'],
];

/** A tenant with a key of its own. */
export async function makeTenant(
  server: ApiServer,
  slug: string,
  scopes: string[] = TENANT_SCOPES,
): Promise<TestTenant> {
  const { tenantCreate } = await server.operator.ask<{ tenantCreate: { tenant: { id: string } } }>(
    'mutation ($slug: String!) { tenantCreate(input: { slug: $slug, name: $slug }) { tenant { id } userErrors { message } } }',
    { slug },
  );
  const { id } = tenantCreate.tenant;
  const { plainKey, keyId } = await makeKey(server.operator, { tenantId: id, name: 'test', scopes });
  return { id, slug, key: plainKey, keyId, client: makeGraphqlClient(server.url, plainKey) };
}

export async function makeKey(
  by: GraphqlClient,
  input: object,
): Promise<{ plainKey: string; keyId: string }> {
  const { apiKeyCreate } = await by.ask<{ apiKeyCreate: { plainKey: string; apiKey: { id: string } } }>(
    'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { plainKey apiKey { id } userErrors { message } } }',
    { input },
  );
  return { plainKey: apiKeyCreate.plainKey, keyId: apiKeyCreate.apiKey.id };
}
