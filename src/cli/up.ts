import { resolve } from 'node:path';
import { createWriteStream } from 'node:fs';
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import pc from 'picocolors';
import { startApp, type App } from '../app';
import { readConfig } from '../config';
import { readOrMakeLocalKeys } from '../provision/local-keys';
import { findServices, type Services } from '../provision/services';
import { noteRunning } from '../provision/running-up';
import { makeLogger } from '../runtime/logger';
import { waitUntil } from '../runtime/wait-until';
import { stopOnSignals } from './stop-on-signals';

export interface UpOptions {
  port?: number;
  data: string;
  demo: boolean;
  json: boolean;
}

interface Context {
  services?: Services;
  app?: App;
  /** Takes back the note for `doctor`. */
  forget?: () => void;
  /** Settles when the start has ended, well or not: stopping waits for it, or it would leave servers behind. */
  started?: Promise<unknown>;
}

const READY_MS = 30_000;
/** Short rungs beside the real ones, so that the demo's retries are worth watching. */
const DEMO_RUNGS = '1,2,3';

/** Everything in one process, from nothing: servers, schema, roles, and the demo on top. */
export async function up(options: UpOptions): Promise<void> {
  const dataDir = resolve(options.data);
  const keys = readOrMakeLocalKeys(dataDir);
  const operatorKey = process.env.WARREN_OPERATOR_KEY ?? keys.operatorKey;
  const giveUp = new AbortController();
  const context: Context = {};
  stopOnSignals(async () => {
    giveUp.abort(new Error('stopped'));
    await context.started?.catch(() => undefined);
    await stopAll(context, options.json);
  });

  try {
    context.started = makeTasks(options, dataDir, { ...keys, operatorKey }, giveUp.signal).run(context);
    await context.started;
  } catch (error) {
    if (giveUp.signal.aborted) return;
    await stopAll(context, true);
    throw error;
  }
  const { app, services } = context;
  if (!app || !services) throw new Error('nothing was started');
  if (options.json) process.stdout.write(`${readyLine(app, services, operatorKey)}\n`);
  if (!options.demo) {
    const key = process.env.WARREN_OPERATOR_KEY
      ? 'in WARREN_OPERATOR_KEY'
      : `operatorKey in ${resolve(dataDir, 'keys.json')}`;
    process.stderr.write(
      `${pc.green('ready')}  ${app.url}/graphql  (Ctrl-C stops)\n` +
        `portal ${app.publicUrl.replace(/\/$/, '')}/portal\nkey    ${key}\n`,
    );
    return;
  }
  const { runDemo } = await import('./demo/run-demo.js');
  await runDemo({ app, services, operatorKey, dataDir, signal: giveUp.signal });
}

function makeTasks(
  options: UpOptions,
  dataDir: string,
  keys: { operatorKey: string; masterKeys: string },
  signal: AbortSignal,
): Listr<Context, 'default' | 'simple'> {
  const quiet = options.json || !process.stderr.isTTY;
  return new Listr<Context, 'default' | 'simple'>(
    [
      {
        title: 'Message broker and database',
        task: async (context, task) => {
          const report = (step: string): void => {
            task.output = step;
          };
          context.services = await findServices({ dataDir, env: process.env, report, signal });
          const { amqp, database } = context.services.origin;
          task.title = `Message broker (${amqp}) and database (${database})`;
        },
      },
      {
        title: 'Schema, router, worker and API',
        task: async (context) => {
          signal.throwIfAborted();
          const env = environmentOf(options, context.services, keys);
          const config = readConfig(env);
          context.forget = noteRunning(dataDir, env);
          const logFile = createWriteStream(resolve(dataDir, 'warren.log'), { flags: 'a', mode: 0o600 });
          context.app = await startApp(config, makeLogger(config.logLevel, logFile)).catch(
            (error: unknown) => {
              throw explainStart(error, config.port);
            },
          );
        },
      },
      {
        title: 'Ready for traffic',
        task: async (context) => {
          let reasons: string[] = [];
          const ready = await waitUntil(
            async () => {
              signal.throwIfAborted();
              reasons = (await context.app?.readiness()) ?? ['not started'];
              return reasons.length === 0;
            },
            { timeoutMs: READY_MS, pauseMs: 50 },
          );
          if (!ready) throw new Error(`not ready after ${READY_MS / 1000} s: ${reasons.join('; ')}`);
        },
      },
    ],
    // Progress belongs on standard error; standard output carries the one line that --json promises.
    { renderer: quiet ? 'simple' : 'default', rendererOptions: { logger: standardErrorLogger() } },
  );
}

function standardErrorLogger(): ListrLogger {
  return new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
}

function environmentOf(
  options: UpOptions,
  services: Services | undefined,
  keys: { operatorKey: string; masterKeys: string },
): NodeJS.ProcessEnv {
  return {
    WARREN_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
    WARREN_RETRY_LADDER: DEMO_RUNGS,
    WARREN_INSPECTOR: 'true',
    WARREN_MASTER_KEYS: keys.masterKeys,
    ...process.env,
    WARREN_OPERATOR_KEY: keys.operatorKey,
    DATABASE_URL: services?.databaseUrl,
    AMQP_URL: services?.amqpUrl,
    ...(options.port === undefined ? {} : { WARREN_PORT: String(options.port) }),
  };
}

function explainStart(error: unknown, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return new Error(`port ${port} is taken: choose another with --port N`, { cause: error });
  if (code === 'ER_BAD_DB_ERROR') {
    return new Error(
      'the database in DATABASE_URL does not exist: create it (create database <name>) and try again',
    );
  }
  if (code === 'EACCES') return new Error(`port ${port} is not allowed for this user: choose one above 1023`);
  return error;
}

function readyLine(app: App, services: Services, operatorKey: string): string {
  return JSON.stringify({
    ready: true,
    graphql: `${app.url}/graphql`,
    portal: `${app.publicUrl.replace(/\/$/, '')}/portal`,
    amqp: services.amqpUrl,
    database: services.databaseUrl,
    operatorKey,
  });
}

async function stopAll(context: Context, quiet: boolean): Promise<void> {
  if (!quiet) process.stderr.write('\nstopping…\n');
  context.forget?.();
  await context.app?.stop();
  await context.services?.stop();
  if (!quiet) process.stderr.write('stopped; the data is kept\n');
}
