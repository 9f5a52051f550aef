import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { greetBroker } from './probe/amqp-greeting';
import { freePorts } from './free-port';
import type { Machine } from './machine/machine';
import { greetDatabase } from './probe/mysql-greeting';
import type { RunningServer } from './private-server';
import { ProvisionError } from './provision-error';
import { lastLines, type CommandResult } from './machine/run-command';

export type ServiceKind = 'amqp' | 'database';

export interface DockerOptions {
  machine: Machine;
  env: NodeJS.ProcessEnv;
  /** Keeps the ports; its path names the compose project, so that two data folders have two sets of containers. */
  folder: string;
  report: (step: string) => void;
}

/** What we read of `docker compose config --format json`. */
interface ComposeService {
  image?: string;
  environment?: Record<string, string | null>;
}

const KINDS: Record<ServiceKind, { image: RegExp; port: number }> = {
  amqp: { image: /rabbitmq/, port: 5672 },
  database: { image: /mariadb|mysql/, port: 3306 },
};

/** Why Docker cannot be used here, or null when an engine with compose answers. */
export async function dockerProblem({
  machine,
  env,
}: Pick<DockerOptions, 'machine' | 'env'>): Promise<string | null> {
  const options = { env, timeoutMs: 15_000 };
  // `docker info` exits 0 with some versions although no engine answers; the server's version is empty then.
  const info = await machine.run('docker', ['info', '--format', '{{.ServerVersion}}'], options);
  if (info.exitCode !== 0 || info.stdout.trim() === '') return 'no Docker engine answers';
  const compose = await machine.run('docker', ['compose', 'version'], options);
  if (compose.exitCode !== 0) return 'Docker is there, but without its compose plugin';
  return machine.composeFile === null ? 'docker/compose.yaml is missing' : null;
}

/** Starts the wanted services of docker/compose.yaml. Throws a ProvisionError and stops them when one fails. */
export async function startDockerServices(
  kinds: readonly ServiceKind[],
  options: DockerOptions,
): Promise<Partial<Record<ServiceKind, RunningServer>>> {
  const compose = await makeCompose(options);
  const services = parseServices((await compose('config', '--format', 'json')).stdout);
  const names = kinds.map((kind) => serviceNameOf(services, kind));
  options.report(`starting ${names.join(' and ')} with Docker (the first time its images are downloaded)`);
  try {
    await compose('up', '--detach', '--wait', ...names);
    const running: Partial<Record<ServiceKind, RunningServer>> = {};
    for (const [index, kind] of kinds.entries()) {
      running[kind] = await runningService(kind, names[index] ?? '', services, compose);
    }
    return running;
  } catch (error) {
    await compose('stop', '--timeout', '4', ...names).catch(() => undefined);
    throw error;
  }
}

async function runningService(
  kind: ServiceKind,
  name: string,
  services: Record<string, ComposeService>,
  compose: Compose,
): Promise<RunningServer> {
  const published = (await compose('port', name, String(KINDS[kind].port))).stdout.trim();
  return {
    url: await urlOf(kind, published, services[name]?.environment ?? {}),
    origin: `Docker, service ${name} on ${published}`,
    stop: async () => {
      await compose('stop', '--timeout', '4', name);
    },
  };
}

type Compose = (...args: string[]) => Promise<CommandResult>;

async function makeCompose({ machine, env, folder }: DockerOptions): Promise<Compose> {
  const file = machine.composeFile ?? '';
  const project = `warren-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
  const [amqpPort, databasePort] = await keptPorts(folder);
  const withPorts = {
    ...env,
    WARREN_RABBITMQ_PORT: String(amqpPort),
    WARREN_MYSQL_PORT: String(databasePort),
  };
  return async (...args) => {
    const whole = ['compose', '--file', file, '--project-name', project, ...args];
    const result = await machine.run('docker', whole, { env: withPorts, timeoutMs: 600_000 });
    if (result.exitCode === 0) return result;
    throw new ProvisionError(
      `docker ${whole.join(' ')} failed:\n${lastLines(result.stderr || result.stdout)}`,
    );
  };
}

/** Kept as they are: containers of an earlier run hold their ports, which are therefore not free. */
async function keptPorts(folder: string): Promise<number[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'ports.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as number[];
  } catch {
    const ports = await freePorts(2);
    writeFileSync(file, JSON.stringify(ports));
    return ports;
  }
}

function parseServices(json: string): Record<string, ComposeService> {
  return (JSON.parse(json) as { services?: Record<string, ComposeService> }).services ?? {};
}

function serviceNameOf(services: Record<string, ComposeService>, kind: ServiceKind): string {
  const found = Object.entries(services).find(([, { image }]) => KINDS[kind].image.test(image ?? ''));
  if (found) return found[0];
  throw new ProvisionError(
    `docker/compose.yaml has no service whose image matches ${String(KINDS[kind].image)}`,
  );
}

/** `published` is what `docker compose port` says, e.g. "127.0.0.1:21883". */
async function urlOf(
  kind: ServiceKind,
  published: string,
  environment: Record<string, string | null>,
): Promise<string> {
  const port = Number(/:(\d+)$/.exec(published)?.[1]);
  const address = { host: '127.0.0.1', port };
  const greeting = await (kind === 'amqp' ? greetBroker(address, 10_000) : greetDatabase(address, 10_000));
  if (!greeting.answered)
    throw new ProvisionError(`the container on ${published} does not answer: ${greeting.why}`);
  const value = (...names: string[]) => names.map((name) => environment[name]).find(Boolean);
  const login = (user: string, password: string) =>
    [user, password]
      .filter((part) => part !== '')
      .map(encodeURIComponent)
      .join(':');
  if (kind === 'amqp') {
    const user = login(value('RABBITMQ_DEFAULT_USER') ?? 'guest', value('RABBITMQ_DEFAULT_PASS') ?? 'guest');
    const virtualHost = value('RABBITMQ_DEFAULT_VHOST');
    return `amqp://${user}@127.0.0.1:${port}${virtualHost ? `/${encodeURIComponent(virtualHost)}` : ''}`;
  }
  const named = value('MARIADB_USER', 'MYSQL_USER');
  const password = named
    ? value('MARIADB_PASSWORD', 'MYSQL_PASSWORD')
    : value('MARIADB_ROOT_PASSWORD', 'MYSQL_ROOT_PASSWORD');
  const database = value('MARIADB_DATABASE', 'MYSQL_DATABASE') ?? 'warren';
  return `mysql://${login(named ?? 'root', password ?? '')}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}
