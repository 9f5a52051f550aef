import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { isFree } from '../../src/provision/free-port';
import { findDatabase, findRabbitmq, thisMachine } from '../../src/provision/machine/machine';
import { processesWith, signalProcess } from '../../src/provision/machine/processes';
import { runCommand } from '../../src/provision/machine/run-command';
import { privateMariadb } from '../../src/provision/private-mariadb';
import {
  startPrivateServer,
  type Instance,
  type RunningServer,
  type ServerRecipe,
} from '../../src/provision/private-server';
import { privateRabbitmq } from '../../src/provision/private-rabbitmq';
import { waitUntil } from '../support/wait-until';

/** A server that nobody else uses, so that it may be broken. */
export interface OwnServer {
  url: string;
  /** SIGKILL to all of it; `start` brings it back with its data, on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** In order, as an operator would. */
  stop(): Promise<void>;
  /** Stops it and takes its data away; `start` makes it anew. */
  wipe(): Promise<void>;
  /** Stops it and removes its folder. */
  end(): Promise<void>;
}

export interface OwnBroker extends OwnServer {
  /** `rabbitmqctl` with these arguments; what it prints. */
  ctl(...args: string[]): Promise<string>;
}

/** An ordinary user of the database, as in production: `root` may write even when the server is read-only. */
export const ORDINARY_USER = 'warren';

/** @param settings in the form of rabbitmq.conf, beside those of any broker of ours */
export async function startOwnBroker(report: (step: string) => void, settings = ''): Promise<OwnBroker> {
  const machine = thisMachine();
  const binary = findRabbitmq(machine, process.env);
  if (!binary) throw new Error('this scenario breaks a broker of its own: install rabbitmq-server');
  const folder = mkdtempSync(join(tmpdir(), 'warren-broker-'));
  mkdirSync(join(folder, 'conf.d'), { mode: 0o700 });
  writeFileSync(join(folder, 'conf.d', '10-settings.conf'), settings);
  const recipe = privateRabbitmq({ binary, folder, env: process.env });
  const server = await startOwn(recipe, report);
  return {
    ...server,
    async ctl(...args) {
      const instance = JSON.parse(readFileSync(join(folder, 'instance.json'), 'utf8')) as Instance;
      const { env } = recipe.command(instance);
      const command = join(dirname(binary), 'rabbitmqctl');
      const { exitCode, stdout, stderr } = await runCommand(command, args, { env, timeoutMs: 120_000 });
      if (exitCode !== 0) throw new Error(`rabbitmqctl ${args.join(' ')}: ${stderr || stdout}`);
      return stdout;
    },
  };
}

/** @param options of the server's command line, beside those of any database of ours */
export async function startOwnDatabase(
  report: (step: string) => void,
  options: readonly string[] = [],
): Promise<OwnServer> {
  const machine = thisMachine();
  const found = await findDatabase(machine, process.env);
  if (typeof found === 'string') throw new Error(`this scenario breaks a database of its own: ${found}`);
  const folder = mkdtempSync(join(tmpdir(), 'warren-database-'));
  const recipe = privateMariadb({ ...found, folder, env: process.env, isRoot: machine.isRoot });
  const command = (instance: Instance) => {
    const { args, ...rest } = recipe.command(instance);
    return { ...rest, args: [...args, ...options] };
  };
  const server = await startOwn({ ...recipe, command }, report);
  const root = await createConnection({ uri: server.url });
  await root.query(`create user '${ORDINARY_USER}'@'%'`);
  await root.query(`grant all on \`warren\\_test\\_%\`.* to '${ORDINARY_USER}'@'%'`);
  await root.end();
  return server;
}

async function startOwn(recipe: ServerRecipe, report: (step: string) => void): Promise<OwnServer> {
  let running: RunningServer = await startPrivateServer(recipe, { report });
  const { url } = running;
  const start = async (): Promise<void> => {
    running = await startPrivateServer(recipe, { report });
    if (running.url !== url) throw new Error(`${recipe.title} came back at ${running.url} instead of ${url}`);
  };
  const stop = (): Promise<void> => running.stop();
  return {
    url,
    start,
    stop,
    async kill() {
      for (const { pid } of processesWith(recipe.marker)) signalProcess(pid, 'SIGKILL');
      // A process that ends has no command line any more, but keeps its port until it is all gone.
      await waitUntil(
        async () => processesWith(recipe.marker).length === 0 && (await isFree(Number(new URL(url).port))),
        10_000,
      );
    },
    async wipe() {
      await stop();
      rmSync(join(recipe.folder, 'data'), { recursive: true });
    },
    async end() {
      await stop();
      rmSync(recipe.folder, { recursive: true, force: true });
    },
  };
}
