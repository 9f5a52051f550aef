import { setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpgradableRequest } from './api/http/upgradable-request';
import type { BrokerConnection } from './broker/connection';
import type { Config, Role } from './config';
import type { RunningApi } from './roles/api/api';
import { makeDispatcher } from './roles/worker/dispatching';
import { messageOf, openPlatform, type Platform } from './roles/platform';
import { lookAtQueue, lookAtShards, type QueueDepth } from './roles/queue-depths';
import { startRouter } from './roles/router/router';
import type { RunningRole } from './roles/running-role';
import { makeSpareWorkers, type SpareWorkers } from './roles/router/spare-workers';
import { startWorker } from './roles/worker/worker';
import { makeHealthRoutes } from './runtime/health';
import { makeLogger, type Logger } from './runtime/logger';
import { makeMetrics, type Metrics } from './runtime/metrics';
import { every } from './runtime/every';
import { waitUntil } from './runtime/wait-until';
import { withDeadline } from './runtime/with-deadline';
import { NOT_ALLOWED, errorNumber } from './store/database';
import { makeHousekeeping } from './store/upkeep/housekeeping';
import { migrateSchema } from './store/migrate';
import { TIMERS } from './flow';

/** A running process of Warren, whatever its roles. */
export interface App {
  /** Where it listens: http://host:port */
  url: string;
  /** Where people reach it: WARREN_PUBLIC_URL, or where it listens. */
  publicUrl: string;
  port: number;
  metrics: Metrics;
  /** Why it cannot take traffic at this moment; empty when it can. */
  readiness(): Promise<string[]>;
  /** Takes nothing new, finishes what is under way, closes. Idempotent. */
  stop(): Promise<void>;
}

/** Longer than any one attempt may take, so that an attempt under way ends in its own time. */
const DRAIN_MS = 35_000;

const READINESS_MS = 1500;
/** What asks a broker or a database that never answers must not keep a process that stops. */
const CLOSE_MS = 5000;

/** Migrates, then starts the roles that the config names. Throws when the database or the port cannot be had. */
export async function startApp(config: Config, logger: Logger = makeLogger(config.logLevel)): Promise<App> {
  const metrics = makeMetrics();
  const giveUp = new AbortController();
  // Everything that waits for the infrastructure listens to it, and that may be a whole window.
  setMaxListeners(0, giveUp.signal);
  const platform = await openPlatform(config, logger, metrics, giveUp.signal, async (database) => {
    await migrateSchema(database.source);
    const housekeeping = makeHousekeeping(database, config.retentionDays, config.auditRetentionDays);
    await housekeeping.run(new Date()).catch((error: unknown) => {
      // A user of the database who may not change tables leaves that to routers.
      if (config.roles.has('router') || errorNumber(error) !== NOT_ALLOWED) throw error;
    });
  });
  const roles = new Map<Role, RunningRole>();
  const close = async (): Promise<void> => {
    giveUp.abort();
    await Promise.all([...roles.values()].map((role) => role.close()));
    await platform.close();
  };
  try {
    return await startRoles(platform, roles, close);
  } catch (error) {
    // Nothing half-started stays behind: open connections would keep the process alive.
    await close().catch(() => undefined);
    throw error;
  }
}

async function startRoles(
  platform: Platform,
  roles: Map<Role, RunningRole>,
  close: () => Promise<void>,
): Promise<App> {
  const { config, logger, metrics } = platform;
  let url = '';
  const publicUrl = (): string => config.publicUrl ?? url;
  const api = config.roles.has('api') ? await openApi(platform, publicUrl) : undefined;
  if (api) roles.set('api', api);
  let draining = false;
  const readiness = (): Promise<string[]> => findReasons(platform, roles, draining);
  const server = await listen(platform, api, readiness);
  const dispatcher = config.roles.has('worker') ? makeDispatcher(platform) : undefined;
  if (dispatcher) roles.set('worker', startWorker(platform, dispatcher));
  const spareWorkers = makeSpareWorkers();
  if (config.roles.has('router')) roles.set('router', startRouter(platform, spareWorkers, dispatcher));
  const depths = every(
    TIMERS.queueDepthMs,
    () => measureQueues(platform, spareWorkers),
    () => undefined,
  );
  const { port } = server.address() as AddressInfo;
  url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  logger.info({ url, roles: [...config.roles] }, 'warren.started');

  const stop = async (): Promise<void> => {
    draining = true;
    logger.info('warren.draining');
    const inTime = (work: Promise<unknown>): Promise<unknown> =>
      withDeadline(work, CLOSE_MS).catch((error: unknown) =>
        logger.warn({ err: messageOf(error) }, 'warren.close_incomplete'),
      );
    await inTime(depths.stop());
    await drain(roles, logger);
    server.closeAllConnections();
    await inTime(Promise.all([new Promise((resolve) => server.close(resolve)), close()]));
    logger.info('warren.stopped');
  };
  let stopping: Promise<void> | undefined;
  return { url, publicUrl: publicUrl(), port, metrics, readiness, stop: () => (stopping ??= stop()) };
}

/** Most of the program's start-up time and a good part of its memory are GraphQL's: only who serves it loads it. */
async function openApi(platform: Platform, publicUrl: () => string): Promise<RunningApi> {
  const { startApi } = await import('./roles/api/api.js');
  return startApi(platform, publicUrl);
}

async function drain(roles: ReadonlyMap<Role, RunningRole>, logger: Logger): Promise<void> {
  const all = [...roles.values()];
  await Promise.all(all.map((role) => role.stopTaking()));
  for (const role of all) role.giveBack?.();
  const left = (): number => all.reduce((sum, role) => sum + role.underWay(), 0);
  const done = await waitUntil(() => left() === 0, { timeoutMs: DRAIN_MS, pauseMs: 10 });
  if (!done) logger.warn({ left: left() }, 'warren.drain_incomplete');
}

async function listen(
  platform: Platform,
  api: RunningApi | undefined,
  readiness: () => Promise<string[]>,
): Promise<Server> {
  const { config, metrics } = platform;
  const health = makeHealthRoutes(readiness, metrics.registry, () => Promise.resolve());
  const server = createServer({ IncomingMessage: UpgradableRequest }, (request, response) => {
    if (health(request, response)) return;
    if (api) return api.handle(request, response);
    response.writeHead(404).end();
  });
  api?.attachWebSocket(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  return server;
}

async function findReasons(
  platform: Platform,
  roles: ReadonlyMap<Role, RunningRole>,
  draining: boolean,
): Promise<string[]> {
  const reasons: string[] = [];
  if (draining) reasons.push('draining: the process is stopping');
  if (!platform.publisher.isReady()) reasons.push(`broker: ${brokerFault(platform.publishing)}`);
  for (const [name, role] of roles) if (!role.isReady()) reasons.push(`${name}: not consuming yet`);
  // A database that hangs must not make this hang: whoever asks has a deadline of their own.
  await withDeadline(platform.database.rows('select 1'), READINESS_MS).catch((error: unknown) =>
    reasons.push(`database: ${messageOf(error)}`),
  );
  return reasons;
}

function brokerFault(connection: BrokerConnection): string {
  const blocked = connection.blockedBecause();
  if (blocked) return `blocked (${blocked})`;
  const failure = connection.failedBecause();
  return failure ? `not connected: ${failure}` : 'not connected';
}

const WATCHED_QUEUES = ['route', 'replay', 'rejected', 'dead-letters'];

async function measureQueues(platform: Platform, spareWorkers: SpareWorkers): Promise<void> {
  platform.metrics.brokerUp.set(platform.publisher.isReady() ? 1 : 0);
  platform.shards.announce();
  const note = ({ queue, ready }: QueueDepth): void => platform.metrics.queueDepth.set({ queue }, ready);
  const depths = await lookAtShards(platform);
  depths.forEach(note);
  // Every worker takes from every shard.
  spareWorkers.noteWorkers(depths[0]?.consumers ?? 0);
  for (const queue of WATCHED_QUEUES) note(await lookAtQueue(platform, queue));
}
