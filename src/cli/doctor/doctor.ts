import { resolve } from 'node:path';
import pc from 'picocolors';
import { inspectBroker } from '../../broker/inspect-broker';
import { describeTopology } from '../../broker/topology';
import { readConfig, type Config } from '../../config';
import { ladderSubRungs } from '../../domain/delivery/retry-ladder';
import { readOrMakeLocalKeys } from '../../provision/local-keys';
import { environmentOfRunning } from '../../provision/running-up';
import { withDeadline } from '../../runtime/with-deadline';
import { makeDataSource } from '../../store/data-source';
import { inspectDatabase } from '../../store/inspect-database';
import { judgeBroker, judgeDatabase, type Finding } from './findings';

const DATABASE_MS = 15_000;

/** Looks at everything, changes nothing, and ends with 1 when something is at fault. */
export async function doctor({ data, json }: { data: string; json: boolean }): Promise<void> {
  const config = readConfig(environmentFrom(process.env, resolve(data)));
  const findings = await examine(config);
  const isHealthy = findings.every(({ state }) => state !== 'fault');
  if (json) process.stdout.write(`${JSON.stringify({ ok: isHealthy, findings })}\n`);
  else for (const finding of findings) process.stdout.write(inWords(finding));
  // A connection to something that does not answer must not keep the process.
  process.exit(isHealthy ? 0 : 1);
}

/** The environment's servers; when it names none, those of the `up` that runs on the data folder. */
function environmentFrom(env: NodeJS.ProcessEnv, dataDir: string): NodeJS.ProcessEnv {
  if (env.DATABASE_URL !== undefined || env.AMQP_URL !== undefined) return env;
  const running = environmentOfRunning(dataDir);
  if (!running) {
    throw new Error(
      `no \`warren up\` runs with its data in ${dataDir}, and the environment names no servers: ` +
        'start one, name its folder with --data, or set DATABASE_URL and AMQP_URL',
    );
  }
  const { operatorKey, masterKeys } = readOrMakeLocalKeys(dataDir);
  return { WARREN_OPERATOR_KEY: operatorKey, WARREN_MASTER_KEYS: masterKeys, ...env, ...running };
}

/** Each side by itself: one that is away must not hide what is wrong with the other. */
export async function examine(config: Config): Promise<Finding[]> {
  const [database, broker] = await Promise.all([
    examineDatabase(config).catch((error: unknown) => [
      away(
        'database',
        error,
        'Check DATABASE_URL, and whether the server runs and can be reached from here.',
      ),
    ]),
    examineBroker(config).catch((error: unknown) => [
      away('broker', error, 'Check AMQP_URL, and whether the broker runs and can be reached from here.'),
    ]),
  ]);
  return [...database, ...broker];
}

async function examineDatabase(config: Config): Promise<Finding[]> {
  const source = makeDataSource({ url: config.databaseUrl, connectionLimit: 2 });
  const look = async (): Promise<Finding[]> => {
    await source.initialize();
    return judgeDatabase(await inspectDatabase(source));
  };
  try {
    return await withDeadline(look(), DATABASE_MS);
  } finally {
    if (source.isInitialized) void source.destroy().catch(() => undefined);
  }
}

async function examineBroker(config: Config): Promise<Finding[]> {
  const topology = describeTopology(config.namespace, ladderSubRungs(config.ladder), config.shards);
  return judgeBroker(await inspectBroker(config.amqpUrls, topology, config), config.namespace);
}

/** A library's message may carry the url, and the url a password. */
function away(name: string, error: unknown, advice: string): Finding {
  const said = (error instanceof Error ? error.message : String(error)) || 'no connection';
  const found = `it cannot be reached: ${said.replace(/\w+:\/\/\S+/g, '…')}`;
  return { name, state: 'fault', found, advice };
}

function inWords({ name, state, found, advice }: Finding): string {
  const mark = { ok: pc.green('ok     '), warning: pc.yellow('warning'), fault: pc.red('fault  ') }[state];
  return `${mark}  ${name.padEnd(14)}  ${found}\n${advice === undefined ? '' : `${' '.repeat(25)}${advice}\n`}`;
}
