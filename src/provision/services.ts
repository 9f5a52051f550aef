import { lockDataDir, openDataDir, type DataDir } from './data-dir';
import { dockerProblem, startDockerServices, type DockerOptions, type ServiceKind } from './docker-services';
import { checkAmqpUrl, checkDatabaseUrl } from './given-services';
import { findDatabase, findRabbitmq, thisMachine, type Machine } from './machine/machine';
import { missingServersMessage } from './missing-servers-message';
import { installWithPackageManager } from './package-manager';
import { privateMariadb } from './private-mariadb';
import { privateRabbitmq } from './private-rabbitmq';
import { startPrivateServer, type RunningServer, type ServerRecipe } from './private-server';
import { ProvisionError } from './provision-error';

/** A broker and a database that answer. */
export interface Services {
  /** amqp://user:password@host:port/vhost; as it was given when AMQP_URL was set. */
  amqpUrl: string;
  /** mysql://user:password@host:port/database; as it was given when DATABASE_URL was set. */
  databaseUrl: string;
  /** How each was found, for people; without passwords. */
  origin: { amqp: string; database: string };
  /** Ends what this call started and nothing else; may be called more than once. */
  stop(): Promise<void>;
}

export interface FindOptions {
  dataDir: string;
  env: NodeJS.ProcessEnv;
  /** Called before each step that takes a while or changes the machine. */
  report: (step: string) => void;
  /** When it fires, what was started already is stopped and the promise rejects with its reason. */
  signal?: AbortSignal;
}

/**
 * Finds RabbitMQ and MySQL/MariaDB, in this order, each on its own: AMQP_URL / DATABASE_URL; a private instance from
 * installed binaries; Docker; the package manager and then a private instance. Both start side by side. Throws a
 * ProvisionError, whose message says what to do, when one cannot be had; nothing keeps running then.
 */
export function findServices(options: FindOptions): Promise<Services> {
  return findServicesOn(thisMachine(), options);
}

/** `findServices` on a machine that tests make up. */
export async function findServicesOn(machine: Machine, options: FindOptions): Promise<Services> {
  const { AMQP_URL: amqpUrl, DATABASE_URL: databaseUrl } = options.env;
  await Promise.all([amqpUrl && checkAmqpUrl(amqpUrl), databaseUrl && checkDatabaseUrl(databaseUrl)]);
  const given: Found = {
    ...(amqpUrl && { amqp: notOurs(amqpUrl, 'AMQP_URL') }),
    ...(databaseUrl && { database: notOurs(databaseUrl, 'DATABASE_URL') }),
  };
  const wanted = KINDS.filter((kind) => !given[kind]);
  // Nothing is started, so any number of processes may share the folder.
  if (wanted.length === 0) return servicesOf(given, () => undefined);

  const dir = openDataDir(options.dataDir);
  const lock = lockDataDir(dir);
  try {
    const started = await startMissing(wanted, { machine, dir, options });
    return servicesOf({ ...given, ...started }, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

const KINDS = ['amqp', 'database'] as const satisfies ServiceKind[];

type Found = Partial<Record<ServiceKind, RunningServer>>;
type Recipes = Partial<Record<ServiceKind, ServerRecipe>>;

interface Search {
  machine: Machine;
  dir: DataDir;
  options: FindOptions;
}

async function startMissing(wanted: readonly ServiceKind[], search: Search): Promise<Found> {
  const { machine, dir, options } = search;
  const tried: string[] = [];
  let recipes = await findRecipes(wanted, search, tried);
  const isMissing = (kind: ServiceKind) => !recipes[kind];
  const docker: DockerOptions = { machine, env: options.env, folder: dir.docker, report: options.report };

  if (wanted.some(isMissing)) {
    const dockerFault = await dockerProblem(docker);
    if (dockerFault === null) return startAll(recipes, wanted.filter(isMissing), docker, options);
    tried.push(dockerFault);
    const installFault = await installWithPackageManager(wanted.filter(isMissing), { machine, ...options });
    if (installFault !== null) tried.push(installFault);
    else recipes = await findRecipes(wanted, search, tried);
  }
  if (wanted.some(isMissing))
    throw new ProvisionError(missingServersMessage(wanted.filter(isMissing), tried));
  return startAll(recipes, [], docker, options);
}

/** How to run privately what the machine has; what it lacks is left out, with the reason added to `tried`. */
async function findRecipes(
  wanted: readonly ServiceKind[],
  { machine, dir, options: { env } }: Search,
  tried: string[],
): Promise<Recipes> {
  const recipes: Recipes = {};
  if (wanted.includes('amqp')) {
    const binary = findRabbitmq(machine, env);
    if (binary) recipes.amqp = privateRabbitmq({ binary, folder: dir.rabbitmq, env });
    else tried.push('rabbitmq-server is not installed');
  }
  if (wanted.includes('database')) {
    const found = await findDatabase(machine, env);
    if (typeof found === 'string') tried.push(found);
    else recipes.database = privateMariadb({ ...found, folder: dir.mariadb, env, isRoot: machine.isRoot });
  }
  return recipes;
}

/** Starts everything side by side. When one fails, the others are given up and stopped before it throws. */
async function startAll(
  recipes: Recipes,
  inDocker: readonly ServiceKind[],
  docker: DockerOptions,
  { report, signal: outside }: FindOptions,
): Promise<Found> {
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(outside ? [outside] : [])]);
  const starts: Promise<Found>[] = KINDS.flatMap((kind) => {
    const recipe = recipes[kind];
    return recipe
      ? [startPrivateServer(recipe, { report, signal }).then((server) => ({ [kind]: server }))]
      : [];
  });
  if (inDocker.length > 0) starts.push(startDockerServices(inDocker, docker));
  for (const start of starts) start.catch((error: unknown) => failure.abort(error));

  const settled = await Promise.allSettled(starts);
  const found = settled.reduce<Found>(
    (sum, one) => (one.status === 'fulfilled' ? { ...sum, ...one.value } : sum),
    {},
  );
  if (!signal.aborted) return found;
  await Promise.allSettled(Object.values(found).map((server) => server.stop()));
  throw signal.reason;
}

function notOurs(url: string, variable: string): RunningServer {
  return { url, origin: `${variable} of the environment`, stop: () => Promise.resolve() };
}

function servicesOf({ amqp, database }: Found, afterStop: () => void): Services {
  if (!amqp || !database) throw new Error('a service was neither given nor started');
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    const ends = await Promise.allSettled([amqp.stop(), database.stop()]);
    afterStop();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  };
  return {
    amqpUrl: amqp.url,
    databaseUrl: database.url,
    origin: { amqp: amqp.origin, database: database.origin },
    stop: () => (stopping ??= stop()),
  };
}
