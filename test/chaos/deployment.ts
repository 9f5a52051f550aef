import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config';
import { describeTopology } from '../../src/broker/topology';
import { ladderSubRungs } from '../../src/domain/delivery/retry-ladder';
import { meetStranger } from '../support/outsiders/stranger';
import { startTcpProxy, type TcpProxy } from '../support/outsiders/tcp-proxy';
import { makeTenantUnderTest, type TenantUnderTest } from '../support/tenant-under-test';
import { makeTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';
import { removeTopology } from '../support/warren-under-test';
import { spawnWarren, type WarrenProcess } from '../support/warren-process';
import type { GeneratorJob } from './generator';
import { startGenerator, startLedgerReceiver, type Generator, type LedgerReceiver } from './outsiders';

/** A broker and a database, wherever they come from. */
export interface Servers {
  amqpUrl: string;
  databaseUrl: string;
  /** Whom Warren logs in as, when it is not who the url says. */
  databaseUser?: string;
}

/** Warren in processes of its own, with a generator before it and a receiver behind it, in theirs. */
export interface Deployment {
  namespace: string;
  env: NodeJS.ProcessEnv;
  database: TestDatabase;
  brokerWire: TcpProxy;
  databaseWire: TcpProxy;
  receiver: LedgerReceiver;
  ledgers: { confirmed: string; received: string };
  /** Every process that was spawned and has not been waited for. */
  processes: WarrenProcess[];
  /** @param main of another version */
  spawn: (env?: NodeJS.ProcessEnv, main?: string) => Promise<WarrenProcess>;
  /** An endpoint at the receiver that gets one event type. @returns its id */
  subscribe: (type: string, path: string, extra?: Record<string, unknown>) => Promise<string>;
  tenant: () => TenantUnderTest;
  generate: (
    job: Pick<GeneratorJob, 'types' | 'count'> &
      Partial<Pick<GeneratorJob, 'inFlight' | 'perSecond' | 'deliverAt'>>,
  ) => Generator;
  sql: <Row>(query: string, parameters?: unknown[]) => Promise<Row[]>;
  countOf: (table: string) => Promise<number>;
  /** Messages ready in a queue, asked on a connection of its own. */
  depth: (queue: string) => Promise<number>;
  /** Until as many events as given are on record and none of their deliveries is unfinished. */
  settled: (events: number, timeoutMs: number) => Promise<void>;
  /** Of the process that only is there to be asked. */
  apiUrl: string;
  /** SIGTERM to all: what they hold goes back to its queue. */
  stopAll: () => Promise<void>;
  end: () => Promise<void>;
}

export const OPERATOR_KEY = 'wrn_an-operator-key-for-tests-only';
const TENANT = 'acme';
const UNFINISHED = 'deliveries where status in (1, 2, 3)';

/**
 * Starts a process with the role api beside what the scenario starts, so that there is somebody to ask.
 * @param first another version's main, which that process runs, and which makes the database
 */
export async function deploy(
  servers: Servers,
  settings: NodeJS.ProcessEnv = {},
  first?: string,
): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'warren-chaos-'));
  const ledgers = { confirmed: join(folder, 'confirmed.jsonl'), received: join(folder, 'received.jsonl') };
  const database = await makeTestDatabase(servers.databaseUrl, { isEmpty: first !== undefined });
  const brokerWire = await wireTo(servers.amqpUrl, 5672);
  const databaseWire = await wireTo(database.url, 3306);
  const receiver = await startLedgerReceiver(ledgers.received);
  const namespace = `chaos-${randomBytes(4).toString('hex')}`;
  const env: NodeJS.ProcessEnv = {
    WARREN_PORT: '0',
    DATABASE_URL: through(database.url, databaseWire, servers.databaseUser),
    AMQP_URL: through(servers.amqpUrl, brokerWire),
    WARREN_NAMESPACE: namespace,
    WARREN_OPERATOR_KEY: OPERATOR_KEY,
    WARREN_MASTER_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    WARREN_RETRY_SCHEDULE: '1,2',
    WARREN_ALLOWED_NETWORKS: '127.0.0.0/8',
    // A receiver that fails every first attempt shall climb the ladder; the gate has tests of its own.
    WARREN_CIRCUIT_FAILURES: '1000000',
    ...settings,
  };
  const processes: WarrenProcess[] = [];
  const generators: Generator[] = [];
  const spawn = async (extra: NodeJS.ProcessEnv = {}, main?: string): Promise<WarrenProcess> => {
    const child = await spawnWarren({ ...env, ...extra }, main);
    processes.push(child);
    return child;
  };
  const api = await spawn({ WARREN_ROLES: 'api' }, first);
  await waitUntil(async () => (await fetch(`${api.url}/readyz`)).ok, 30_000);
  const tenant = await makeTenantUnderTest(`${api.url}/graphql`, OPERATOR_KEY, TENANT);
  const sql = <Row>(query: string, parameters?: unknown[]): Promise<Row[]> =>
    database.dataSource.query<Row[]>(query, parameters);
  const countOf = async (table: string): Promise<number> => {
    const [row] = await sql<{ n: string }>(`select count(*) as n from ${table}`);
    return Number(row?.n);
  };
  const depths = async (queues: readonly string[]): Promise<number[]> => {
    const stranger = await meetStranger(servers.amqpUrl);
    try {
      return await Promise.all(queues.map((queue) => stranger.depth(`${namespace}.${queue}`)));
    } finally {
      await stranger.close();
    }
  };
  const depth = async (queue: string): Promise<number> => (await depths([queue]))[0] ?? 0;
  const stopAll = async (): Promise<void> => {
    await Promise.all(processes.splice(0).map((one) => one.signal('SIGTERM')));
  };

  const onTheWay = queuesOnTheWay(env);

  return {
    ...{
      namespace,
      env,
      database,
      brokerWire,
      databaseWire,
      receiver,
      ledgers,
      processes,
      spawn,
      sql,
      countOf,
    },
    tenant: () => tenant,
    apiUrl: api.url,
    stopAll,
    async subscribe(type, path, extra = {}) {
      return (await tenant.endpoint({ url: receiver.url(path), eventTypes: [type], ...extra })).id;
    },
    generate({ types, count, inFlight = 100, perSecond = 0, deliverAt }) {
      const run = randomBytes(3).toString('hex');
      const exchange = `${namespace}.events`;
      const to = { amqpUrl: servers.amqpUrl, exchange, tenant: TENANT, ledger: ledgers.confirmed };
      const generator = startGenerator({ ...to, types, run, count, inFlight, perSecond, deliverAt });
      generators.push(generator);
      return generator;
    },
    depth,
    async settled(events, timeoutMs) {
      const found = { events: 0, unfinished: 0 };
      const isSettled = async (): Promise<boolean> => {
        await new Promise((resolve) => setTimeout(resolve, 250));
        found.events = await countOf("events where type not like 'warren.%'");
        if (found.events < events) return false;
        found.unfinished = await countOf(UNFINISHED);
        // Events of Warren's own, and twins that came again, may still wait their turn.
        if (found.unfinished > 0) return false;
        // A twin on the ladder is in `deliver` again before long.
        return (await depths(onTheWay)).every((messages) => messages === 0);
      };
      // A pool may hand out a connection that its server, killed, has not closed.
      // What has been taken off a queue, and not acked, is in none for a moment.
      const isQuiet = async (): Promise<boolean> => (await isSettled()) && (await isSettled());
      await waitUntil(() => isQuiet().catch(() => false), timeoutMs).catch((cause: unknown) => {
        const { events: on, unfinished } = found;
        throw new Error(
          `after ${timeoutMs} ms ${on} of ${events} events on record, ${unfinished} unfinished`,
          {
            cause,
          },
        );
      });
    },
    async end() {
      for (const generator of generators) generator.stop();
      for (const wire of [brokerWire, databaseWire]) {
        wire.allow();
        wire.resume();
      }
      await Promise.all(processes.splice(0).map((one) => one.signal('SIGKILL')));
      receiver.stop();
      const stranger = await meetStranger(servers.amqpUrl);
      await removeTopology(stranger, namespace, env);
      await Promise.all([brokerWire.close(), databaseWire.close(), stranger.close(), database.drop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Queues that are empty once all is settled, without the namespace. */
export function queuesOnTheWay(env: NodeJS.ProcessEnv): string[] {
  const { namespace, ladder, shards } = readConfig(env);
  return describeTopology(namespace, ladderSubRungs(ladder), shards)
    .queues.map(({ name }) => name.slice(namespace.length + 1))
    .filter((name) => !['replay', 'rejected', 'dead-letters'].includes(name));
}

function wireTo(url: string, defaultPort: number): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  return startTcpProxy(hostname, port === '' ? defaultPort : Number(port));
}

function through(url: string, wire: TcpProxy, user?: string): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(wire.port);
  if (user !== undefined) changed.username = user;
  return changed.toString();
}
