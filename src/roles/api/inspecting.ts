import { setMaxListeners } from 'node:events';
import { Router } from 'express';
import { makeOriginOf } from '../../api/http/client-address';
import type { InspectedRequest } from '../../domain/inspector';
import { TIMERS } from '../../flow';
import { makeInspectRequest } from '../../inspect/inspect-request';
import { inspectorUrl, makeInspectRoute, type RouteOutcome } from '../../inspect/inspect-route';
import { makeInspectedRequestStore } from '../../store/events/inspected-request-store';
import { makeInspectorStore } from '../../store/settings/inspector-store';
import { makeInspectorWatching, type InspectorWatching } from '../../watch/watch-inspectors';
import { messageOf, type Platform } from '../platform';

export interface Inspecting {
  /** Empty where the deployment has no inspectors. */
  router: Router;
  watching: InspectorWatching;
  /** Ends what is being held back. */
  stop(): void;
}

/** Inspectors with the real database behind them. */
export function makeInspecting(platform: Platform, publicUrl: () => string): Inspecting {
  const { config, database, keyRing } = platform;
  const inspectors = makeInspectorStore(database, keyRing);
  const requests = makeInspectedRequestStore(database);
  const originOf = makeOriginOf(config.trustedProxies);
  const stopping = new AbortController();
  // Every answer that is held back listens to it.
  setMaxListeners(0, stopping.signal);
  const trim = makeTrim(platform, (id) => requests.trim(id));
  const inspect = makeInspectRequest({
    findInspector: (token) => inspectors.settingsOf(token),
    // As endpoints have it: written the way that URLs are saved.
    endpointSecrets: (tenantId, token) =>
      inspectors.secretsOfEndpointsAt(tenantId, new URL(inspectorUrl(publicUrl(), token)).href),
    takeFailure: (id) => inspectors.takeFailure(id),
    async keep(request: InspectedRequest, body) {
      await requests.keep(request, body);
      trim(request.inspectorId);
    },
  });
  const route = makeInspectRoute({
    inspect,
    observe: makeObserve(platform),
    maxBodyBytes: config.maxEventBytes + ENVELOPE_BYTES,
    addressOf: (request) => originOf(request).address,
    stopping: stopping.signal,
  });
  return {
    router: config.inspector ? route : Router(),
    watching: makeInspectorWatching({
      since: (ids, at) => requests.since(ids, at),
      pauseMs: TIMERS.inspectorLookMs,
    }),
    stop: () => stopping.abort(),
  };
}

/** What a format adds to an event's data. */
const ENVELOPE_BYTES = 64 * 1024;

/** In the background, one at a time for each inspector: a burst is trimmed a few times, not once for each request. */
function makeTrim({ logger }: Platform, trim: (inspectorId: string) => Promise<void>) {
  /** True: more has come since it began. */
  const underWay = new Map<string, boolean>();
  async function run(inspectorId: string): Promise<void> {
    do {
      underWay.set(inspectorId, false);
      await trim(inspectorId).catch((error: unknown) =>
        logger.warn({ err: messageOf(error), inspectorId }, 'inspector.not_trimmed'),
      );
    } while (underWay.get(inspectorId));
    underWay.delete(inspectorId);
  }
  return (inspectorId: string): void => {
    if (underWay.has(inspectorId)) underWay.set(inspectorId, true);
    else void run(inspectorId);
  };
}

function makeObserve({ logger, metrics }: Platform) {
  return (outcome: RouteOutcome, error?: unknown): void => {
    metrics.inspectorRequests.inc({ outcome });
    if (error !== undefined) logger.warn({ err: messageOf(error), outcome }, 'inspector.request');
  };
}
