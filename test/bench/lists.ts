import { loadavg } from 'node:os';
import { makeDataSource } from '../../src/store/data-source';
import { makeDatabase, type Database } from '../../src/store/database';
import { casesOf, type Work } from './lists-cases';
import { DAYS, fillLists, type Filled } from './lists-seed';
import { median, round, startSubject, type Bench, type Ground, type Subject } from './setting';

/**
 * What the lists of the API cost at so many deliveries, over HTTP: `npm run bench -- lists`, and with `--large` at five
 * million too. Every list should cost the same at every size.
 */
const SIZES = [10_000, 1_000_000];
const LARGE = 5_000_000;
const RUNS = 21;
const MOST_MS_PER_CASE = 6_000;
const ENDPOINTS = 21;

export const lists: Bench = async (ground) => {
  const sizes = process.argv.includes('--large') ? [...SIZES, LARGE] : SIZES;
  const stands: Stand[] = [];
  try {
    for (const size of sizes) stands.push(await prepare(ground, size));
    const cases = await Promise.all(
      stands.map(({ subject, database, filled }) => casesOf(subject, database, filled)),
    );
    const medianMs: Record<string, number[]> = {};
    const ratio: Record<string, number> = {};
    const rowsRead: Record<string, number[]> = {};
    for (const name of Object.keys(cases[0] ?? {})) {
      const ofSizes = cases.flatMap((all) => all[name] ?? []);
      const ms = await timeInTurns(ofSizes.map(({ ask }) => ask));
      medianMs[name] = ms;
      ratio[name] = round((ms.at(-1) ?? 0) / (ms[0] ?? 1), 2);
      const rows: number[] = [];
      for (const [index, { look }] of ofSizes.entries()) {
        const database = stands[index]?.database;
        if (look && database) rows.push(await rowsReadBy(database, look));
      }
      if (rows.length > 0) rowsRead[name] = rows;
      ground.report(`  ${name}: ${ms.join(', ')} ms; ${rows.join(', ')} rows`);
    }
    return {
      ...{ sizes, days: DAYS, seedSeconds: stands.map(({ seedSeconds }) => seedSeconds) },
      ...{ load: round(loadavg()[0] ?? 0), medianMs, ratio, rowsRead },
    };
  } finally {
    for (const stand of stands) await stand.stop();
  }
};

/** A warren full of so many deliveries. */
interface Stand {
  subject: Subject;
  database: Database;
  filled: Filled;
  seedSeconds: number;
  stop(): Promise<void>;
}

async function prepare(ground: Ground, deliveries: number): Promise<Stand> {
  const subject = await startSubject(ground, []);
  const url = new URL(ground.databaseUrl);
  url.pathname = `/${subject.namespace}`;
  const source = await makeDataSource({ url: url.toString(), connectionLimit: 1 }).initialize();
  const stop = async (): Promise<void> => {
    await source.destroy();
    await subject.stop();
  };
  try {
    const database = makeDatabase(source);
    const startMs = performance.now();
    const filled = await fillLists(database, { ...(await configure(subject)), deliveries });
    const seedSeconds = round((performance.now() - startMs) / 1000);
    ground.report(`${deliveries} deliveries in ${seedSeconds} s`);
    return { subject, database, filled, seedSeconds, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function configure(
  subject: Subject,
): Promise<{ tenantId: string; subscriptionId: string; endpointIds: string[] }> {
  const endpointIds: string[] = [];
  let subscriptionId = '';
  for (let index = 0; index < ENDPOINTS; index++) {
    const { endpointCreate: created } = await subject.ask<{
      endpointCreate: { endpoint: { id: string; subscriptions: { id: string }[] } };
    }>(`mutation { endpointCreate(input: { url: "http://127.0.0.1:9/", eventTypes: ["order.#"] }) {
      endpoint { id subscriptions { id } } userErrors { message } } }`);
    endpointIds.push(created.endpoint.id);
    subscriptionId = created.endpoint.subscriptions[0]?.id ?? '';
  }
  const { tenant } = await subject.ask<{ tenant: { id: string } }>('{ tenant(slug: "bench") { id } }');
  return { tenantId: tenant.id, subscriptionId, endpointIds };
}

/** Index entries and rows that the database read: the same whatever else the machine does. */
async function rowsReadBy(database: Database, look: Work): Promise<number> {
  const before = await handlerReads(database);
  await look();
  return (await handlerReads(database)) - before;
}

async function handlerReads(database: Database): Promise<number> {
  const rows = await database.rows<{ Value: string }>(
    `show session status where Variable_name in ('Handler_read_first', 'Handler_read_key', 'Handler_read_last',
       'Handler_read_next', 'Handler_read_prev')`,
  );
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
}

/** One after the other and again, so that what else the machine does falls on all sizes alike. */
async function timeInTurns(works: readonly Work[]): Promise<number[]> {
  const untilMs = performance.now() + MOST_MS_PER_CASE;
  const times = works.map((): number[] => []);
  for (const work of works) await work();
  for (let run = 0; run < RUNS && (run < 3 || performance.now() < untilMs); run++) {
    for (const [index, work] of works.entries()) {
      const startMs = performance.now();
      await work();
      times[index]?.push(performance.now() - startMs);
    }
  }
  return times.map((ms) => round(median(ms), 2));
}
