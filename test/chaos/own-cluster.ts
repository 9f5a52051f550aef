import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from '../../src/provision/free-port';
import { findRabbitmq, thisMachine } from '../../src/provision/machine/machine';
import { processesWith, signalProcess } from '../../src/provision/machine/processes';
import { runCommand } from '../../src/provision/machine/run-command';
import { privateRabbitmq } from '../../src/provision/private-rabbitmq';
import {
  startPrivateServer,
  type Instance,
  type RunningServer,
  type ServerRecipe,
} from '../../src/provision/private-server';
import { stopEpmd } from '../../src/provision/probe/epmd';
import { waitUntil } from '../support/wait-until';

/** One of a cluster's nodes, which may be killed. */
export interface ClusterNode {
  /** As the broker calls it. */
  name: string;
  url: string;
  /** SIGKILL; `start` brings it back with its data, on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  ctl(...args: string[]): Promise<string>;
}

export interface OwnCluster {
  nodes: ClusterNode[];
  /** One address for those who know only one: leads to a node that answers. */
  url: string;
  end(): Promise<void>;
}

const SIZE = 3;

/** Three nodes of RabbitMQ on this machine, in a cluster that nobody else uses. */
export async function startOwnCluster(report: (step: string) => void): Promise<OwnCluster> {
  const binary = findRabbitmq(thisMachine(), process.env);
  if (!binary) throw new Error('this scenario breaks a cluster of its own: install rabbitmq-server');
  const folder = mkdtempSync(join(tmpdir(), 'warren-cluster-'));
  const [epmdPort = 0] = await freePorts(1);
  const cookie = randomBytes(12).toString('hex');
  const recipes = Array.from({ length: SIZE }, (_, n) =>
    memberOf(binary, join(folder, `node-${n}`), { epmdPort, cookie }),
  );
  const running: RunningServer[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
    await stopEpmd(epmdPort);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // The first brings the port mapper that all share.
    const [first, ...others] = recipes;
    if (first) running.push(await startPrivateServer(first, { report }));
    running.push(...(await Promise.all(others.map((recipe) => startPrivateServer(recipe, { report })))));
    const nodes = recipes.map((recipe, n) => nodeOf(recipe, running, n));
    for (const node of nodes.slice(1)) {
      await node.ctl('stop_app');
      await node.ctl('join_cluster', nodes[0]?.name ?? '');
      await node.ctl('start_app');
    }
    const balancer = await balance(nodes.map(({ url }) => Number(new URL(url).port)));
    return {
      nodes,
      url: `amqp://guest:guest@127.0.0.1:${balancer.port}/`,
      async end() {
        balancer.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A private RabbitMQ that shares its port mapper and its cookie with the others. */
function memberOf(
  binary: string,
  folder: string,
  { epmdPort, cookie }: { epmdPort: number; cookie: string },
): ServerRecipe {
  const alone = privateRabbitmq({ binary, folder, env: process.env });
  const withEpmd = ({ id, ports: [port = 0, distributionPort = 0] }: Instance): Instance => ({
    id,
    ports: [port, distributionPort, epmdPort],
  });
  const command: ServerRecipe['command'] = (instance) => alone.command(withEpmd(instance));
  return {
    ...alone,
    portCount: 2,
    async prepare(instance) {
      await alone.prepare(instance);
      const home = join(folder, 'home');
      mkdirSync(home, { recursive: true });
      rmSync(join(home, '.erlang.cookie'), { force: true });
      writeFileSync(join(home, '.erlang.cookie'), cookie, { mode: 0o400 });
    },
    command,
    // The cluster has one name, so that the name does not tell its nodes apart as it does brokers.
    async isReady(instance) {
      const args = ['await_startup', '--timeout', '20'];
      const { exitCode } = await runCommand(join(dirname(binary), 'rabbitmqctl'), args, {
        env: command(instance).env,
        timeoutMs: 25_000,
      });
      return exitCode === 0;
    },
    cleanUp: () => undefined,
  };
}

function nodeOf(recipe: ServerRecipe, running: RunningServer[], n: number): ClusterNode {
  const instance = JSON.parse(readFileSync(join(recipe.folder, 'instance.json'), 'utf8')) as Instance;
  const { env } = recipe.command(instance);
  return {
    name: env.RABBITMQ_NODENAME ?? '',
    url: recipe.url(instance),
    async kill() {
      for (const { pid } of processesWith(recipe.marker)) signalProcess(pid, 'SIGKILL');
      await waitUntil(() => processesWith(recipe.marker).length === 0, 10_000);
    },
    async start() {
      running[n] = await startPrivateServer(recipe, { report: () => undefined });
    },
    async ctl(...args) {
      const command = join(dirname(recipe.binary), 'rabbitmqctl');
      const { exitCode, stdout, stderr } = await runCommand(command, args, { env, timeoutMs: 120_000 });
      if (exitCode !== 0) throw new Error(`rabbitmqctl ${args.join(' ')}: ${stderr || stdout}`);
      return stdout;
    },
  };
}

/** Passes each connection on to the first of these ports that takes it. */
async function balance(ports: readonly number[]): Promise<{ port: number; close(): void }> {
  const server = createServer((client) => {
    client.on('error', () => undefined);
    const tryNext = ([port, ...others]: readonly number[]): void => {
      if (port === undefined) return void client.destroy();
      let isThrough = false;
      const upstream = connect({ host: '127.0.0.1', port }, () => {
        isThrough = true;
        client.pipe(upstream).pipe(client);
      });
      upstream.on('error', () => undefined);
      upstream.on('close', () => (isThrough ? client.destroy() : tryNext(others)));
      client.on('close', () => upstream.destroy());
    };
    tryNext(ports);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
