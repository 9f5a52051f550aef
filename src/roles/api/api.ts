import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import express from 'express';
import { makeGuideFiles } from '../../api/http/guide-files';
import { makeRouteErrors, nothingHere } from '../../api/http/last-answers';
import { makePortalFiles } from '../../api/http/portal-files';
import { makeApiRoutes } from '../../api/server';
import type { ApiDependencies, ApiStores } from '../../api/dependencies';
import { compileSchema } from '../../catalog/compile-schema';
import { buildRequest } from '../../deliver/build-request';
import { recordable } from '../../deliver/attempt-delivery';
import { makeDestinationsByTenant } from '../../destinations/destinations-by-tenant';
import { newId } from '../../domain/ids';
import { TIMERS } from '../../flow';
import { publishEvents } from '../../ingest/publish-events';
import { publishOperational } from '../../ingest/publish-operational';
import { cancelDelivery, retryDelivery, type MoveDeps } from '../../record/move-by-hand';
import { USER_AGENT } from '../../runtime/version';
import { makeShapeData } from '../../shape/shape-data';
import { inspectorUrl } from '../../inspect/inspect-route';
import { sourceUrl } from '../../sources/in-route';
import { PROVIDERS } from '../../sources/receive-webhook';
import { makeApiKeyStore } from '../../store/settings/api-key-store';
import { makeAttemptQueries } from '../../store/deliveries/attempt-queries';
import { makeAuditStore } from '../../store/settings/audit-store';
import { makeCatalogStore } from '../../store/catalog/catalog-store';
import { makeDeliveryQueries } from '../../store/deliveries/delivery-queries';
import { makeDeliveryStore } from '../../store/deliveries/delivery-store';
import { makeEndpointStore } from '../../store/settings/endpoint-store';
import { makeEventQueries } from '../../store/events/event-queries';
import { makeInspectedRequestStore } from '../../store/events/inspected-request-store';
import { makeInspectorStore } from '../../store/settings/inspector-store';
import { makeReplayEstimates } from '../../store/replays/replay-estimates';
import { makeReplayStore } from '../../store/replays/replay-store';
import { makeSourceStore } from '../../store/settings/source-store';
import { makeStatsQueries } from '../../store/stats/stats-queries';
import { makeSubscriptionStore } from '../../store/settings/subscription-store';
import { makeTenantStore } from '../../store/settings/tenant-store';
import { makeReplayWatching } from '../../watch/watch-replays';
import { makeDowngrade } from '../downgrading';
import { ingestDeps } from '../ingesting';
import { makeInspecting } from './inspecting';
import { messageOf, type Platform } from '../platform';
import { makeReceiving } from './receiving';
import { makeListening } from './listening';
import type { RunningRole } from '../running-role';
import { startWatching } from './watching';

export interface RunningApi extends RunningRole {
  handle(request: IncomingMessage, response: ServerResponse): void;
  attachWebSocket(server: Server): void;
}

/**
 * GraphQL over HTTP and WebSocket: publish, manage, look, watch; and the portal, which does it for people.
 * @param publicUrl where people reach it; asked when somebody wants to know
 */
export async function startApi(platform: Platform, publicUrl: () => string): Promise<RunningApi> {
  const { config, logger, outlets, publisher, metrics } = platform;
  const stores = makeStores(platform);
  const destinations = makeDestinationsByTenant({
    ...{ allowedNetworks: config.allowedNetworks, userAgent: USER_AGENT },
    askTunnel: (endpointId, request) => platform.tunnels.ask(endpointId, request),
  });
  const sender = { userAgent: USER_AGENT, ownPayload: destinations.ownPayload };
  const reachOf = async (tenantId: string) => {
    const tenant = await stores.tenants.find(tenantId, tenantId);
    return { tenantId, allowedNetworks: tenant?.allowedNetworks ?? [] };
  };
  const watching = startWatching(platform);
  const ingest = ingestDeps(platform);
  const moves = moveDeps(platform);
  const replays = makeReplayStore(platform.database);
  const replayWatching = makeReplayWatching({
    byIds: (ids) => replays.byIds(null, ids),
    pauseMs: TIMERS.replayLookMs,
  });

  const listening = makeListening(platform);
  const inspecting = makeInspecting(platform, publicUrl);

  async function* counted<T>(stream: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    metrics.liveClients.inc();
    try {
      yield* stream;
    } finally {
      metrics.liveClients.dec();
    }
  }

  const olderVersion = makeDowngrade(platform, (_what, work) => work(0));
  const deps: ApiDependencies = {
    log: logger,
    stores,
    publishEvents: (caller, inputs) => publishEvents(ingest, caller, inputs),
    retryDelivery: (tenantId, id) => retryDelivery(moves, tenantId, id),
    cancelDelivery: (tenantId, id) => cancelDelivery(moves, tenantId, id),
    watchDeliveries: (request) => counted(watching.deliveries(request)),
    allTenants: {
      ...watching.allTenants,
      watch: (request) => counted(watching.allTenants.watch(request)),
    },
    watchEvents: (request) => counted(watching.events(request)),
    watchEndpoints: (request) => counted(watching.endpoints(request)),
    placeOf: (tenantId, seq) => watching.placeOf(tenantId, seq),
    lastSeq: (tenantId) => watching.lastSeq(tenantId),
    watchReplay: (replayId, signal) => counted(replayWatching.watch(replayId, signal)),
    watchInspector: (inspectorId, signal) => counted(inspecting.watching.watch(inspectorId, signal)),
    listenToTunnel: (tunnel, signal) => counted(listening.listen(tunnel, signal)),
    answerTunnel: (endpointId, requestId, answer) => platform.tunnels.answer(endpointId, requestId, answer),
    async sendTest(endpoint, event, tenantSlug) {
      const at = new Date();
      const material = { deliveryId: newId('delivery'), attempt: 1, event, tenantSlug };
      const request = buildRequest(endpoint, material, sender, at);
      const reach = await reachOf(endpoint.tenantId);
      return { ...recordable(request), number: 1, at, ...(await destinations.send(reach, request)) };
    },
    downgrade: (event, pinned) => olderVersion({ ...event, configVersion: 0 }, pinned),
    async checkSample(tenantId, sample) {
      const versions = (await ingest.tenantVersions([tenantId])).get(tenantId);
      const { configVersion = 0, sharedCatalogVersion = 0 } = versions ?? {};
      return platform.catalog.checkEvent({ ...sample, tenantId, configVersion, sharedCatalogVersion });
    },
    shapeData: makeShapeData(platform.expressions),
    renderRequest(endpoint, { tenantSlug, ...event }) {
      const material = { deliveryId: newId('delivery'), attempt: 1, event, tenantSlug };
      const { headers, body } = buildRequest(endpoint, material, sender, new Date());
      return { headers, body: body.toString('utf8') };
    },
    checkExpression: (job) => platform.expressions.check(job),
    observe(happening) {
      if (happening.kind === 'refused') metrics.requestsRefused.inc({ reason: happening.reason });
      else metrics.auditLost.inc();
    },
    checkUrl: async (tenantId, url) => destinations.checkUrl(await reachOf(tenantId), url),
    checkCredentials: async (tenantId, url, given) =>
      destinations.checkCredentials(await reachOf(tenantId), url, given),
    compileSchema,
    inTurns: platform.inTurns,
    secretFault: (provider, secret) => PROVIDERS[provider].secretFault(secret),
    sourceUrl: (sourceId) => sourceUrl(publicUrl(), sourceId),
    inspectorUrl: (token) => inspectorUrl(publicUrl(), token),
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
  const routes = await makeApiRoutes(deps, { ...config, publicUrl });
  platform.onControl((message) => routes.noteControl(message));
  const portal = makePortalFiles({ frameOrigins: config.portalFrameOrigins });
  const receiving = makeReceiving(platform, publicUrl);
  const app = express()
    .disable('x-powered-by')
    .use(routes.router)
    .use(receiving)
    .use(inspecting.router)
    .use(portal)
    .use(makeGuideFiles())
    .use(nothingHere, makeRouteErrors(logger));
  let requests = 0;

  return {
    handle(request, response) {
      requests++;
      response.once('close', () => requests--);
      app(request, response);
    },
    attachWebSocket: (server) => routes.attachWebSocket(server),
    isReady: () => publisher.isReady(),
    stopTaking() {
      inspecting.stop();
      return Promise.resolve();
    },
    underWay: () => requests,
    async close() {
      await routes.close();
      await Promise.all([watching.close(), destinations.close(), listening.close()]);
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
    audit: makeAuditStore(database),
    replays: { ...makeReplayStore(database), ...makeReplayEstimates(database) },
    stats: makeStatsQueries(database),
    sources: makeSourceStore(database, keyRing),
    inspectors: makeInspectorStore(database, keyRing),
    inspectedRequests: makeInspectedRequestStore(database),
  };
}

function moveDeps({ database, clock, outlets }: Platform): MoveDeps {
  const store = makeDeliveryStore(database);
  return {
    restart: (tenantId, id) => store.restart(tenantId, id, clock.now()),
    cancel: (tenantId, id) => store.cancel(tenantId, id, clock.now()),
    materialOf: (ids) => store.materialOf(ids),
    sendDue: (due) => outlets.sendDue(due),
    announce: (change) => outlets.announceChange(change),
  };
}
