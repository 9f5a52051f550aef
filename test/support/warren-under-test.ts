import { randomBytes } from 'node:crypto';
import { startApp, type App } from '../../src/app';
import { EXCHANGES, describeTopology } from '../../src/broker/topology';
import { readConfig } from '../../src/config';
import { ladderSubRungs } from '../../src/domain/delivery/retry-ladder';
import { makeLogger } from '../../src/runtime/logger';
import { meetStranger, type Stranger } from './outsiders/stranger';
import { startTcpProxy, type TcpProxy } from './outsiders/tcp-proxy';
import { makeTenantUnderTest, type TenantUnderTest } from './tenant-under-test';
import { makeTestDatabase, type TestDatabase } from './test-database';
import { waitUntil } from './wait-until';
import { spawnWarren, type WarrenProcess } from './warren-process';

const BROKER_URL = process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672';
export const OPERATOR_KEY = 'wrn_an-operator-key-for-tests-only';

export interface Started {
  app: App;
  graphqlUrl: string;
}

/** A deployment of Warren of its own: a database, a namespace in the broker, and any number of processes on them. */
export interface WarrenUnderTest {
  namespace: string;
  operatorKey: string;
  env: NodeJS.ProcessEnv;
  database: TestDatabase;
  /** The wires that every process of this deployment uses, and nobody else. */
  brokerWire: TcpProxy;
  databaseWire: TcpProxy;
  stranger: Stranger;
  /** What in-process apps have logged, as lines of JSON. */
  logLines: string[];
  /** Starts an app in this process and waits until it can take traffic. */
  start(env?: NodeJS.ProcessEnv, readyWithinMs?: number): Promise<Started>;
  /** The same as a process of its own. */
  spawn(env?: NodeJS.ProcessEnv): Promise<WarrenProcess>;
  tenant(slug: string, graphqlUrl: string): Promise<TenantUnderTest>;
  /** A native event over plain AMQP, confirmed; data may be bytes. */
  publish(tenant: string, type: string, data: unknown, messageId?: string): Promise<void>;
  sql<Row>(query: string, parameters?: unknown[]): Promise<Row[]>;
  queue(name: string): string;
  /** Stops everything, and fails when a connection or a queue is left. */
  end(): Promise<void>;
}

/** @param settings added to the environment of every process */
export async function deployWarren(settings: NodeJS.ProcessEnv = {}): Promise<WarrenUnderTest> {
  const database = await makeTestDatabase();
  const stranger = await meetStranger(BROKER_URL);
  const brokerWire = await wireTo(BROKER_URL, 5672);
  const databaseWire = await wireTo(database.url, 3306);
  const namespace = `t-${randomBytes(5).toString('hex')}`;
  const env: NodeJS.ProcessEnv = {
    WARREN_PORT: '0',
    DATABASE_URL: through(database.url, databaseWire),
    AMQP_URL: through(BROKER_URL, brokerWire),
    WARREN_NAMESPACE: namespace,
    WARREN_OPERATOR_KEY: OPERATOR_KEY,
    WARREN_MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    WARREN_RETRY_SCHEDULE: '1,2',
    WARREN_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    ...settings,
  };
  const logLines: string[] = [];
  const logger = makeLogger('info', { write: (line: string) => void logLines.push(line) });
  const apps: App[] = [];
  const children: WarrenProcess[] = [];
  const queue = (name: string): string => `${namespace}.${name}`;

  return {
    ...{
      namespace,
      operatorKey: OPERATOR_KEY,
      env,
      database,
      brokerWire,
      databaseWire,
      stranger,
      logLines,
      queue,
    },
    async start(extra = {}, readyWithinMs = 20_000) {
      const app = await startApp(readConfig({ ...env, ...extra }), logger);
      apps.push(app);
      await waitUntil(async () => (await app.readiness()).length === 0, readyWithinMs).catch(
        async (error: unknown) => {
          const reasons = (await app.readiness()).join('; ');
          await app.stop();
          throw new Error(`not ready: ${reasons}`, { cause: error });
        },
      );
      return { app, graphqlUrl: `${app.url}/graphql` };
    },
    async spawn(extra = {}) {
      const child = await spawnWarren({ ...env, ...extra });
      children.push(child);
      // Started is not yet ready, and what is published before there is an exchange closes the channel. With a broker that
      // is away it never is.
      await waitUntil(async () => (await fetch(`${child.url}/readyz`)).ok, 10_000).catch(() => undefined);
      return child;
    },
    tenant: (slug, graphqlUrl) => makeTenantUnderTest(graphqlUrl, OPERATOR_KEY, slug),
    publish: (tenant, type, data, messageId) =>
      stranger.publish(queue('events'), type, Buffer.isBuffer(data) ? data : JSON.stringify(data), {
        contentType: 'application/json',
        headers: { tenant },
        ...(messageId === undefined ? {} : { messageId }),
      }),
    sql: <Row>(query: string, parameters?: unknown[]) => database.dataSource.query<Row[]>(query, parameters),
    async end() {
      brokerWire.allow();
      databaseWire.allow();
      brokerWire.resume();
      databaseWire.resume();
      await Promise.all(apps.map((app) => app.stop()));
      await Promise.all(children.map((child) => child.signal('SIGKILL')));
      await waitUntil(() => brokerWire.openConnections() + databaseWire.openConnections() === 0);
      await removeTopology(stranger, namespace, env);
      await Promise.all([brokerWire.close(), databaseWire.close(), stranger.close(), database.drop()]);
    },
  };
}

/** Takes away every queue and exchange of a namespace; fails when a queue is left. */
export async function removeTopology(
  stranger: Stranger,
  namespace: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { ladder, shards } = readConfig(env);
  const { queues } = describeTopology(namespace, ladderSubRungs(ladder), shards);
  const names = queues.map(({ name }) => name);
  await stranger.remove(
    names,
    EXCHANGES.map((exchange) => `${namespace}.${exchange}`),
  );
  const left = await Promise.all(names.map((name) => stranger.hasQueue(name)));
  if (left.includes(true))
    throw new Error(`queues are left: ${names.filter((_, at) => left[at]).join(', ')}`);
}

function wireTo(url: string, defaultPort: number): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  return startTcpProxy(hostname, port === '' ? defaultPort : Number(port));
}

function through(url: string, wire: TcpProxy): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(wire.port);
  return changed.toString();
}
