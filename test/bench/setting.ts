import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { createConnection } from 'mysql2/promise';
import { EXCHANGES, describeTopology } from '../../src/broker/topology';
import { readConfig } from '../../src/config';
import { ladderSubRungs } from '../../src/domain/delivery/retry-ladder';
import { waitUntil } from '../../src/runtime/wait-until';

/** What every scenario stands on: a warren, a receiver and a publisher, each in a process of its own. */
export interface Ground {
  amqpUrl: string;
  databaseUrl: string;
  report: (step: string) => void;
}
export type Bench = (ground: Ground) => Promise<Record<string, unknown>>;

export interface Receiver {
  url: string;
  reset(): void;
  count(): Promise<Arrived>;
  report(): Promise<Arrived & { latenciesMs: number[]; arrivalsMs: number[] }>;
  /** Resolves when `count` have arrived, with the time of the last. */
  arrived(count: number, timeoutMs: number): Promise<number>;
  close(): void;
}

interface Arrived {
  count: number;
  /** Milliseconds since the epoch. */
  lastAtMs: number;
}

/** @param options.answerMs how long it takes to answer; 0: at once */
export async function startReceiver({ answerMs = 0 } = {}): Promise<Receiver> {
  const child = fork(join(__dirname, 'receiver.js'), [String(answerMs)]);
  const { port } = await answer<{ port: number }>(child);
  const count = (): Promise<Arrived> => {
    child.send({ count: true });
    return answer(child);
  };
  return {
    url: `http://127.0.0.1:${port}/hook`,
    reset: () => void child.send({ reset: true }),
    count,
    report() {
      child.send({ report: true });
      return answer(child);
    },
    async arrived(wanted, timeoutMs) {
      let last = { count: 0, lastAtMs: 0 };
      const done = await waitUntil(async () => (last = await count()).count >= wanted, {
        timeoutMs,
        pauseMs: 25,
      });
      if (!done) throw new Error(`only ${last.count} of ${wanted} arrived within ${timeoutMs} ms`);
      return last.lastAtMs;
    },
    close: () => child.disconnect(),
  };
}

/** A process of Warren on a database and a namespace of its own, with one tenant that gets `order.#` at `hookUrl`. */
export interface Subject {
  namespace: string;
  pid: number;
  url: string;
  /** The payload of connection_init with which its tenant is watched. */
  watchParams: Record<string, string>;
  /** The data of a GraphQL answer, asked as the operator for the tenant. */
  ask<Data>(query: string, variables?: object): Promise<Data>;
  /** The same for a tenant of that slug, which is made first. */
  addTenant(slug: string): Promise<Pick<Subject, 'ask'>>;
  /** The same over all tenants. */
  askAll<Data>(query: string, variables?: object): Promise<Data>;
  usage(): Promise<Usage>;
  /** What the process needs: what is left after a full garbage collection, buffers included. */
  memory(): Promise<{ liveBytes: number }>;
  /** One more process of the same deployment. */
  join(settings?: NodeJS.ProcessEnv): Promise<JoinedProcess>;
  stop(): Promise<void>;
}

export interface JoinedProcess {
  url: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Usage {
  /** Processor time so far. */
  cpuMicros: number;
  rssBytes: number;
}

/** The flags of `npm run up`. */
const AS_WARREN_RUNS = [
  '--max-semi-space-size=64',
  '--max-inlined-bytecode-size=1000',
  '--max-inlined-bytecode-size-cumulative=2500',
];
/** So that a scenario can ask what memory is in use, not only what the process has taken from the system. */
const FOR_MEASURING = ['--expose-gc'];
const OPERATOR_KEY = `wrn_op_${'x'.repeat(40)}`;
export const MASTER_KEY = `k1:${Buffer.alloc(32, 7).toString('base64')}`;

/** @param settings added to the environment of every process */
export async function startSubject(
  ground: Ground,
  hookUrls: string[],
  settings: NodeJS.ProcessEnv = {},
): Promise<Subject> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  const admin = await createConnection({ uri: ground.databaseUrl });
  await admin.query(`create database ${name}`);
  const databaseUrl = new URL(ground.databaseUrl);
  databaseUrl.pathname = `/${name}`;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    DATABASE_URL: databaseUrl.toString(),
    AMQP_URL: ground.amqpUrl,
    WARREN_NAMESPACE: name,
    WARREN_PORT: '0',
    WARREN_OPERATOR_KEY: OPERATOR_KEY,
    WARREN_MASTER_KEYS: MASTER_KEY,
    WARREN_ALLOWED_NETWORKS: '127.0.0.0/8',
    LOG_LEVEL: 'info',
    ...settings,
  };
  const child = forkWarren(env);
  const { url, pid } = await answer<{ url: string; pid: number }>(child);
  const overAll = makeGraphql(`${url}/graphql`, {});
  async function addTenant(slug: string): Promise<Pick<Subject, 'ask'>> {
    await overAll(
      'mutation ($slug: String!) { tenantCreate(input: { slug: $slug, name: $slug }) { userErrors { message } } }',
      { slug },
    );
    const forTenant = makeGraphql(`${url}/graphql`, { 'warren-tenant': slug });
    return {
      ask: <Data>(query: string, variables?: object) => forTenant(query, variables) as Promise<Data>,
    };
  }
  const { ask } = await addTenant('bench');
  for (const hookUrl of hookUrls) {
    await ask(
      `
        mutation ($url: String!) {
          endpointCreate(input: { url: $url, eventTypes: ["order.#"] }) {
            userErrors {
              message
            }
          }
        }
      `,
      { url: hookUrl },
    );
  }
  return {
    namespace: name,
    pid,
    url,
    watchParams: { authorization: `Bearer ${OPERATOR_KEY}`, 'warren-tenant': 'bench' },
    ask,
    addTenant,
    askAll: <Data>(query: string, variables?: object) => overAll(query, variables) as Promise<Data>,
    usage: () => usageOf(child),
    memory() {
      child.send('memory');
      return answer(child);
    },
    async join(more = {}) {
      const joined = forkWarren({ ...env, ...more });
      const { url } = await answer<{ url: string }>(joined);
      return {
        url,
        usage: () => usageOf(joined),
        stop: () => stopProcess(joined),
        kill: () => killProcess(joined),
      };
    },
    async stop() {
      await stopProcess(child);
      await admin.query(`drop database ${name}`);
      await admin.end();
      await deleteNamespace(ground.amqpUrl, name, env);
    },
  };
}

function forkWarren(env: NodeJS.ProcessEnv): ChildProcess {
  return fork(join(__dirname, 'subject.js'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [
      ...AS_WARREN_RUNS,
      ...FOR_MEASURING,
      ...(process.argv.includes('--profile') ? ['--cpu-prof'] : []),
    ],
    env,
  });
}

function usageOf(child: ChildProcess): Promise<Usage> {
  child.send('usage');
  return answer(child);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.send('stop');
  await exited;
}

async function killProcess(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function makeGraphql(url: string, reach: Record<string, string>) {
  return async (query: string, variables: object = {}): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${OPERATOR_KEY}`,
        ...reach,
      },
      body: JSON.stringify({ query, variables }),
    });
    const text = await response.text();
    if (!response.ok || text.includes('"errors"') || text.includes('"userErrors":[{')) throw new Error(text);
    return (JSON.parse(text) as { data: unknown }).data;
  };
}

async function deleteNamespace(amqpUrl: string, namespace: string, env: NodeJS.ProcessEnv): Promise<void> {
  const connection = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createChannel();
  const { ladder, shards } = readConfig(env);
  const { queues } = describeTopology(namespace, ladderSubRungs(ladder), shards);
  for (const queue of queues) await channel.deleteQueue(queue.name);
  for (const exchange of EXCHANGES) await channel.deleteExchange(`${namespace}.${exchange}`);
  await connection.close();
}

export interface BenchPublisher {
  channel: ConfirmChannel;
  /** Publishes `count` events, of one type unless told otherwise, confirmed, a thousand at a time. */
  publish(
    namespace: string,
    bodies: (index: number) => Buffer,
    count: number,
    types?: (index: number) => string,
  ): Promise<void>;
  close(): Promise<void>;
}

export async function startPublisher(amqpUrl: string): Promise<BenchPublisher> {
  const connection: ChannelModel = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  return {
    channel,
    async publish(namespace, bodies, count, types = () => 'order.placed') {
      const run = randomBytes(6).toString('hex');
      for (let index = 0; index < count; index++) {
        channel.publish(`${namespace}.events`, types(index), bodies(index), {
          persistent: true,
          contentType: 'application/json',
          messageId: `${run}-${index}`,
          headers: { tenant: 'bench' },
        });
        if (index % 1000 === 999) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
    },
    close: () => connection.close(),
  };
}

/** The data of an event. */
export const kilobyte = Buffer.from(JSON.stringify({ order: 1, note: 'x'.repeat(980) }));

export function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the process ended with ${String(code)}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
}

/** The value below which the given share of the sorted samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
