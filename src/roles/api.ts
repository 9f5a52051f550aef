import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import express from 'express';
import { makeApiRoutes } from '../api/server';
import type { ApiDependencies, ApiStores } from '../api/dependencies';
import { compileSchema } from '../catalog/compile-schema';
import { buildRequest } from '../deliver/build-request';
import { recordable } from '../deliver/attempt-delivery';
import { makeHttpDestination } from '../destinations/http';
import { makeOutboundPolicy } from '../destinations/outbound-policy';
import { newId } from '../domain/ids';
import { publishEvents } from '../ingest/publish-events';
import { publishOperational } from '../ingest/publish-operational';
import { cancelDelivery, retryDelivery, type MoveDeps } from '../record/move-by-hand';
import { USER_AGENT } from '../runtime/version';
import { makeApiKeyStore } from '../store/api-key-store';
import { makeAttemptQueries } from '../store/attempt-queries';
import { makeCatalogStore } from '../store/catalog-store';
import { makeDeliveryQueries } from '../store/delivery-queries';
import { makeDeliveryStore } from '../store/delivery-store';
import { makeEndpointStore } from '../store/endpoint-store';
import { makeEventQueries } from '../store/event-queries';
import { makeStatsQueries } from '../store/stats-queries';
import { makeSubscriptionStore } from '../store/subscription-store';
import { makeTenantStore } from '../store/tenant-store';
import { ingestDeps } from './ingesting';
import { messageOf, type Platform } from './platform';
import type { RunningRole } from './running-role';
import { startWatching } from './watching';

export interface RunningApi extends RunningRole {
  handle(request: IncomingMessage, response: ServerResponse): void;
  attachWebSocket(server: Server): void;
}

/** GraphQL over HTTP and WebSocket: publish, manage, look, watch. */
export async function startApi(platform: Platform): Promise<RunningApi> {
  const { config, logger, outlets, publisher, metrics } = platform;
  const policy = makeOutboundPolicy({ allowedNetworks: [...config.allowedNetworks] });
  const destination = makeHttpDestination({ policy, userAgent: USER_AGENT });
  const watching = startWatching(platform);
  const ingest = ingestDeps(platform);
  const moves = moveDeps(platform);

  const deps: ApiDependencies = {
    log: logger,
    stores: makeStores(platform),
    publishEvents: (caller, inputs) => publishEvents(ingest, caller, inputs),
    retryDelivery: (tenantId, id) => retryDelivery(moves, tenantId, id),
    cancelDelivery: (tenantId, id) => cancelDelivery(moves, tenantId, id),
    async *watchDeliveries(request) {
      metrics.liveClients.inc();
      try {
        yield* watching.watch(request);
      } finally {
        metrics.liveClients.dec();
      }
    },
    async sendTest(endpoint, event, tenantSlug) {
      const at = new Date();
      const request = buildRequest(
        endpoint,
        { deliveryId: newId('delivery'), attempt: 1, event, tenantSlug },
        USER_AGENT,
        at,
      );
      return { ...recordable(endpoint, request), number: 1, at, ...(await destination.send(request)) };
    },
    checkUrl: (url) => policy.checkResolved(url),
    compileSchema,
    checkExpression: (job) => platform.expressions.check(job),
    tell(event) {
      platform
        .persistently('api.tell', () => publishOperational(ingest, event))
        .catch((error: unknown) => logger.warn({ err: messageOf(error), type: event.type }, 'tell.failed'));
    },
    announce(message) {
      if (message.kind === 'config') platform.configs.noteVersion(message.tenantId, message.version);
      if (message.kind === 'catalog') platform.catalog.noteShared(message.version);
      outlets.announceControl(message);
    },
  };
  const routes = await makeApiRoutes(deps, config);
  platform.onControl((message) => routes.noteControl(message));
  const app = express().disable('x-powered-by').use(routes.router);
  let requests = 0;

  return {
    handle(request, response) {
      requests++;
      response.once('close', () => requests--);
      app(request, response);
    },
    attachWebSocket: (server) => routes.attachWebSocket(server),
    isReady: () => publisher.isReady(),
    stopTaking: () => Promise.resolve(),
    underWay: () => requests,
    async close() {
      await routes.close();
      await Promise.all([watching.close(), destination.close()]);
    },
  };
}

function makeStores({ database, keyRing }: Platform): ApiStores {
  return {
    tenants: makeTenantStore(database),
    apiKeys: makeApiKeyStore(database),
    endpoints: makeEndpointStore(database, keyRing),
    subscriptions: makeSubscriptionStore(database),
    catalog: makeCatalogStore(database),
    events: makeEventQueries(database),
    deliveries: makeDeliveryQueries(database),
    attempts: makeAttemptQueries(database),
    stats: makeStatsQueries(database),
  };
}

function moveDeps({ database, outlets }: Platform): MoveDeps {
  const store = makeDeliveryStore(database);
  return {
    restart: (tenantId, id, at) => store.restart(tenantId, id, at),
    cancel: (tenantId, id, at) => store.cancel(tenantId, id, at),
    materialOf: (ids) => store.materialOf(ids),
    sendDue: (due) => outlets.sendDue(due),
    announce: (change) => outlets.announceChange(change),
  };
}
