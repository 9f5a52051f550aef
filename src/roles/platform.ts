import { openConnection, type BrokerConnection } from '../broker/connection';
import { countShards } from '../broker/count-shards';
import { makeDeclarer } from '../broker/declare-topology';
import { makeOutlets, type Outlets } from '../broker/outlets';
import { makePublisher, type Publisher } from '../broker/publisher';
import { makeListener } from '../broker/listener';
import { describeTopology } from '../broker/topology';
import type { Config } from '../config';
import { ladderSubRungs } from '../domain/delivery/retry-ladder';
import { TIMERS } from '../flow';
import { parseControl, type ControlMessage } from '../messages/control';
import { retryUntilDone } from '../runtime/backoff';
import { every, type Repeating } from '../runtime/every';
import { makeKeyRing, type KeyRing } from '../runtime/key-ring';
import type { Logger } from '../runtime/logger';
import type { Metrics } from '../runtime/metrics';
import { makeOriginSeal, type OriginSeal } from '../runtime/origin-seal';
import { openTracing, type Tracing } from '../runtime/tracing';
import { makeTurnTaking, type TakeTurns } from '../runtime/turn-taking';
import { RUNNER_DEFAULTS, makeExpressionRunner, type ExpressionRunner } from '../shape/expression-runner';
import { makeDataSource } from '../store/data-source';
import { makeDatabase, type Database } from '../store/database';
import { makeDatabaseClock, type DatabaseClock } from '../store/database-clock';
import { followGates, type GateHints } from './gate-hints';
import { makeTenantConfigs, type TenantConfigs } from '../store/config/tenant-configs';
import { openCatalog, type Catalog } from './catalog';
import { followShards, type Shards } from './shards';
import { openTunnels, type Tunnels } from './tunnelling';

/** What every role stands on: one database pool, one connection to publish and one to consume, the tenants in memory. */
export interface Platform {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  /** Undefined where no collector is told: nothing is traced then, and nothing is spent on it. */
  tracing: Tracing | undefined;
  database: Database;
  /** For all that is due: the machine's own clock may be wrong. */
  clock: DatabaseClock;
  keyRing: KeyRing;
  originSeal: OriginSeal;
  configs: TenantConfigs;
  /** What tenants' filters and schemas ask for runs in turns of the event loop, and of the tenants. */
  inTurns: TakeTurns;
  gateHints: GateHints;
  catalog: Catalog;
  /** Tenants' expressions, in processes beside this one; none is started before it is needed. */
  expressions: ExpressionRunner;
  publisher: Publisher;
  outlets: Outlets;
  shards: Shards;
  tunnels: Tunnels;
  /** Consuming has a connection of its own: one that a memory alarm blocks could not ack. */
  consuming: BrokerConnection;
  publishing: BrokerConnection;
  /** Aborted when waiting for a broker or database to come back must end. */
  giveUp: AbortSignal;
  persistently: <T>(what: string, work: (attempt: number) => Promise<T>) => Promise<T>;
  onControl(listener: (message: ControlMessage) => void): void;
  close(): Promise<void>;
}

const POOL_SIZE = 20;
const FIRST_RETRY_MS = 50;
const MOST_RETRY_MS = 5000;

/** @param prepare the database, before anything looks into it */
export async function openPlatform(
  config: Config,
  logger: Logger,
  metrics: Metrics,
  giveUp: AbortSignal,
  prepare: (database: Database) => Promise<void> = () => Promise.resolve(),
): Promise<Platform> {
  const source = makeDataSource({ url: config.databaseUrl, connectionLimit: POOL_SIZE });
  await source.initialize();
  const database = makeDatabase(source);
  await prepare(database).catch(async (error: unknown) => {
    await source.destroy().catch(() => undefined);
    throw error;
  });
  const clock = makeDatabaseClock(database);
  await clock.look();
  const tracing =
    config.otlpEndpoint === undefined ? undefined : await openTracing(config.otlpEndpoint, logger);
  const keyRing = makeKeyRing(config.masterKeys);
  const inTurns = makeTurnTaking();
  const configs = makeTenantConfigs(database, keyRing, inTurns, (subscriptionId, reason) =>
    logger.error({ subscriptionId, reason }, 'filter.unreadable'),
  );
  const catalog = openCatalog(database, config, logger, inTurns);
  const expressions = makeExpressionRunner({
    // What an expression may read and write follows what an event may have.
    outputBytes: config.maxEventBytes,
    inputBytes: Math.max(RUNNER_DEFAULTS.inputBytes, 2 * config.maxEventBytes),
  });

  const shards = followShards(config.shards, (message) => outlets.announceControl(message));
  const declareTopology = makeDeclarer(
    describeTopology(config.namespace, ladderSubRungs(config.ladder), config.shards),
  );
  const publishing = openConnection({
    urls: config.amqpUrls,
    name: `${config.namespace} publishing`,
    logger,
    prepare: declareTopology,
  });
  const consuming = openConnection({
    urls: config.amqpUrls,
    name: `${config.namespace} consuming`,
    logger,
    async prepare(model) {
      await declareTopology(model);
      // Who only serves the API takes nothing off them, and the broker logs each look for what is not there.
      if (config.roles.has('worker') || config.roles.has('router'))
        shards.found(await countShards(model, config.namespace, config.shards));
    },
  });
  const publisher = makePublisher(publishing, logger);
  const outlets = makeOutlets(publisher, config.namespace, config.shards);

  const tunnels = openTunnels({ config, keyRing, consuming, outlets, logger });

  const gateHints = followGates(database, outlets, (error) =>
    logger.warn({ err: messageOf(error) }, 'gate.poll_failed'),
  );

  const persistently = <T>(what: string, work: (attempt: number) => Promise<T>): Promise<T> => {
    let attempts = 0;
    return retryUntilDone(() => work(attempts++), {
      firstMs: FIRST_RETRY_MS,
      maxMs: MOST_RETRY_MS,
      signal: giveUp,
      onFailure: (error, attempt) => {
        metrics.retries.inc({ work: what });
        if (attempt % 10 === 0)
          logger.warn({ work: what, attempt, err: messageOf(error) }, 'infrastructure.failed');
      },
    });
  };

  const controlListeners: ((message: ControlMessage) => void)[] = [
    (message) => {
      if (message.kind === 'config') configs.noteVersion(message.tenantId, message.version);
      gateHints.heard(message);
      shards.heard(message);
      if (message.kind === 'catalog') catalog.noteShared(message.version);
    },
  ];
  const poll = async (): Promise<void> => {
    await Promise.all([configs.poll(), catalog.poll()]);
  };
  makeListener(consuming, {
    exchange: `${config.namespace}.control`,
    keys: [''],
    onMessage: (body) => {
      const message = parseControl(body);
      for (const listener of controlListeners) listener(message);
    },
    onRestart: () => void poll().catch(() => undefined),
    logger,
  });
  const polling: Repeating = every(TIMERS.configPollMs, poll, (error) =>
    logger.warn({ err: messageOf(error) }, 'config.poll_failed'),
  );

  const looking: Repeating = every(
    TIMERS.clockLookMs,
    () => clock.look(),
    (error) => logger.warn({ err: messageOf(error) }, 'clock.look_failed'),
  );

  return {
    config,
    logger,
    metrics,
    tracing,
    database,
    clock,
    keyRing,
    originSeal: makeOriginSeal(config.masterKeys),
    configs,
    inTurns,
    gateHints,
    catalog,
    expressions,
    publisher,
    outlets,
    shards,
    tunnels,
    consuming,
    publishing,
    giveUp,
    persistently,
    onControl: (listener) => void controlListeners.push(listener),
    async close() {
      await Promise.all([polling.stop(), looking.stop(), gateHints.close()]);
      expressions.close();
      await Promise.all([publishing.close(), consuming.close()]);
      await source.destroy();
      await tracing
        ?.close()
        .catch((error: unknown) => logger.warn({ err: messageOf(error) }, 'tracing.export_failed'));
    },
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
