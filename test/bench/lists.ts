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
const MOST_MS_PER_CASE = 3_000;
const ENDPOINTS = 21;

export const lists: Bench = async (ground) => {
  const sizes = process.argv.includes('--large') ? [...SIZES, LARGE] : SIZES;
  const medianMs: Record<string, number[]> = {};
  const rowsRead: Record<string, number[]> = {};
  const seconds: number[] = [];
  for (const size of sizes) {
    ground.report(`${size} deliveries`);
    const { measured, seedSeconds } = await measureSize(ground, size);
    seconds.push(seedSeconds);
    for (const [name, { ms, rows }] of Object.entries(measured)) {
      (medianMs[name] ??= []).push(ms);
      if (rows !== undefined) (rowsRead[name] ??= []).push(rows);
    }
  }
  const ratio = Object.fromEntries(
    Object.entries(medianMs).map(([name, ms]) => [name, round((ms.at(-1) ?? 0) / (ms[0] ?? 1), 2)]),
  );
  return { sizes, days: DAYS, seedSeconds: seconds, medianMs, ratio, rowsRead };
};

async function measureSize(
  ground: Ground,
  deliveries: number,
): Promise<{ measured: Record<string, Measured>; seedSeconds: number }> {
  const subject = await startSubject(ground, []);
  const url = new URL(ground.databaseUrl);
  url.pathname = `/${subject.namespace}`;
  const source = await makeDataSource({ url: url.toString(), connectionLimit: 1 }).initialize();
  try {
    const database = makeDatabase(source);
    const startMs = performance.now();
    const filled = await fillLists(database, { ...(await configure(subject)), deliveries });
    const seedSeconds = round((performance.now() - startMs) / 1000);
    ground.report(`filled in ${seedSeconds} s`);
    return { measured: await measure(ground, subject, database, filled), seedSeconds };
  } finally {
    await source.destroy();
    await subject.stop();
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

interface Measured {
  ms: number;
  /** Index entries and rows that the database read: the same whatever else the machine does. */
  rows?: number;
}

async function measure(
  ground: Ground,
  subject: Subject,
  database: Database,
  filled: Filled,
): Promise<Record<string, Measured>> {
  const measured: Record<string, Measured> = {};
  for (const [name, { ask, look }] of Object.entries(await casesOf(subject, database, filled))) {
    const ms = await time(ask);
    measured[name] = { ms, ...(look ? { rows: await rowsRead(database, look) } : {}) };
    ground.report(`  ${name}: ${ms} ms, ${measured[name].rows ?? '-'} rows`);
  }
  return measured;
}

async function rowsRead(database: Database, look: Work): Promise<number> {
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

async function time(work: Work): Promise<number> {
  const untilMs = performance.now() + MOST_MS_PER_CASE;
  const times: number[] = [];
  await work();
  for (let run = 0; run < RUNS && (run < 3 || performance.now() < untilMs); run++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return round(median(times), 2);
}
