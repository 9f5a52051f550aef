import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { adoptChild, startChild, waitUntilReady, type Child } from './child';
import { freePorts, isFree } from './free-port';
import { processesWith } from './machine/processes';
import { ProvisionError } from './provision-error';

/** A server that runs for us and that `stop` ends. */
export interface RunningServer {
  url: string;
  /** How it was found, for people. */
  origin: string;
  /** Returns when no process of it is left; at most about five seconds. */
  stop(): Promise<void>;
}

/** What a private server keeps from one start to the next, in `<folder>/instance.json`. */
export interface Instance {
  /** Eight hex digits that tell our server from any other. */
  id: string;
  ports: number[];
}

/** How to run one kind of server privately: everything that differs between RabbitMQ and MariaDB. */
export interface ServerRecipe {
  /** For people, e.g. "RabbitMQ". */
  title: string;
  binary: string;
  /** Everything of this server is in it. */
  folder: string;
  portCount: number;
  /** Arguments on the command line of our server and of no other process. */
  marker: string;
  /** Writes what the server reads, and its empty data at the first start. Runs before every start. */
  prepare(instance: Instance): Promise<void> | void;
  command(instance: Instance): { command: string; args: string[]; env: NodeJS.ProcessEnv };
  /** True when our server (not just any) can be used. */
  isReady(instance: Instance): Promise<boolean>;
  /** Ends what the server leaves behind after its own end. */
  cleanUp(instance: Instance): Promise<void> | void;
  url(instance: Instance): string;
}

export interface StartOptions {
  report: (step: string) => void;
  signal?: AbortSignal | undefined;
}

const READY_TIMEOUT_MS = 90_000;
/** Both servers take a SIGKILL without losing what they confirmed, so a slow stop need not be waited for longer. */
const STOP_DEADLINE_MS = 4_000;

/**
 * Starts the server, or takes over one that a killed run left behind. Throws a ProvisionError with the end of its log
 * when it does not start; nothing of it runs then.
 */
export async function startPrivateServer(
  recipe: ServerRecipe,
  options: StartOptions,
): Promise<RunningServer> {
  mkdirSync(recipe.folder, { recursive: true, mode: 0o700 });
  const kept = readInstance(recipe.folder);
  const adopted = await adoptLeftOver(recipe, kept, options.report);
  if (adopted) return adopted;

  const id = kept?.id ?? randomBytes(4).toString('hex');
  for (let isLastTry = false; ; isLastTry = true) {
    const instance = { id, ports: await freePorts(recipe.portCount, kept?.ports) };
    writeInstance(recipe.folder, instance);
    try {
      return await start(recipe, instance, options);
    } catch (error) {
      if (isLastTry || options.signal?.aborted || (await allFree(instance.ports))) throw error;
      options.report(`${recipe.title}: another program took its port meanwhile, trying others`);
    }
  }
}

async function start(
  recipe: ServerRecipe,
  instance: Instance,
  options: StartOptions,
): Promise<RunningServer> {
  const { report, signal } = options;
  const startedAtMs = Date.now();
  const logFile = join(recipe.folder, 'console.log');
  await recipe.prepare(instance);
  signal?.throwIfAborted();
  report(`starting ${recipe.title} (${recipe.binary}) with its data in ${recipe.folder}`);
  const child = startChild({ ...recipe.command(instance), cwd: recipe.folder, logFile });
  try {
    const isReady = () => recipe.isReady(instance);
    await waitUntilReady({
      child,
      title: recipe.title,
      logFile,
      isReady,
      timeoutMs: READY_TIMEOUT_MS,
      signal,
    });
  } catch (error) {
    await stopServer(recipe, instance, child);
    throw error;
  }
  report(`${recipe.title} is ready after ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
  return running(recipe, instance, child, 'private');
}

/** A kill -9 of an earlier run leaves its servers running: a healthy one is used, any other is stopped. */
async function adoptLeftOver(
  recipe: ServerRecipe,
  kept: Instance | null,
  report: (step: string) => void,
): Promise<RunningServer | null> {
  const left = processesWith(recipe.marker);
  if (left.length > 0) {
    const child = adoptChild(left);
    if (kept && (await recipe.isReady(kept))) {
      report(`${recipe.title} of an earlier run is still there (pid ${left[0]?.pid ?? 0}): using it`);
      return running(recipe, kept, child, 'private, left by an earlier run');
    }
    report(`stopping ${recipe.title} of an earlier run, which does not answer`);
    await child.stop(STOP_DEADLINE_MS);
    if (child.ending() === null) {
      throw new ProvisionError(
        `${recipe.title} of an earlier run does not end: stop pid ${left[0]?.pid ?? 0} by hand`,
      );
    }
  }
  if (kept) await recipe.cleanUp(kept);
  return null;
}

function running(recipe: ServerRecipe, instance: Instance, child: Child, how: string): RunningServer {
  return {
    url: recipe.url(instance),
    origin: `${how}: ${recipe.binary}, data in ${recipe.folder}`,
    stop: () => stopServer(recipe, instance, child),
  };
}

async function stopServer(recipe: ServerRecipe, instance: Instance, child: Child): Promise<void> {
  await child.stop(STOP_DEADLINE_MS);
  await recipe.cleanUp(instance);
}

async function allFree(ports: readonly number[]): Promise<boolean> {
  return (await Promise.all(ports.map(isFree))).every(Boolean);
}

const instanceFile = (folder: string) => join(folder, 'instance.json');

function writeInstance(folder: string, instance: Instance): void {
  const draft = `${instanceFile(folder)}.new`;
  writeFileSync(draft, JSON.stringify(instance), { mode: 0o600 });
  renameSync(draft, instanceFile(folder));
}

function readInstance(folder: string): Instance | null {
  try {
    const { id, ports } = JSON.parse(readFileSync(instanceFile(folder), 'utf8')) as Instance;
    return /^[0-9a-f]{8}$/.test(id) && Array.isArray(ports) ? { id, ports } : null;
  } catch {
    // Missing at the first start. A damaged one costs new ports (and, for RabbitMQ, a new node beside the old data).
    return null;
  }
}
