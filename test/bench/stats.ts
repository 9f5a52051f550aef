import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { idBytes, newId } from '../../src/domain/ids';
import { addLatency, encodeLatencies, type Latencies } from '../../src/domain/stats/latencies';
import {
  cutIntoBuckets,
  finestStretchesOf,
  hourOf,
  minuteOf,
  statsRange,
  stretchesOf,
  type StatsRange,
} from '../../src/domain/stats/stats-range';
import type { StatsSubject } from '../../src/domain/stats/tally';
import { makeDataSource } from '../../src/store/data-source';
import { makeDatabase, type Database } from '../../src/store/database';
import { makePartitions } from '../../src/store/upkeep/partitions';
import { subjectBytes } from '../../src/store/stats/stat-rows';
import { DELTAS_PER_BATCH, makeStatsFolder } from '../../src/store/stats/stats-folder';
import { makeStatsQueries, statsStatement } from '../../src/store/stats/stats-queries';
import { median, round, type Bench, type Ground } from './setting';
import { sized } from './size';

const SIZES = sized([10_000, 1_000_000, 10_000_000], [1000, 10_000]);
const ENDPOINTS = 300;
const MINUTES = 2 * 24 * 60;
const DAYS = 400;
const RUNS = sized(30, 3);
const ROWS_PER_STATEMENT = 5000;

/** How long statistics take to read and to fold, at so many deliveries' worth of sums: one tenant, 300 endpoints. */
export const stats: Bench = async (ground) => {
  const sizes: Record<string, unknown>[] = [];
  for (const deliveries of SIZES) {
    ground.report(`${deliveries} deliveries' worth of sums`);
    sizes.push(await withDatabase(ground, (database) => measure(database, deliveries)));
  }
  return { endpoints: ENDPOINTS, sizes };
};

async function withDatabase<T>(ground: Ground, work: (database: Database) => Promise<T>): Promise<T> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  const admin = await createConnection({ uri: ground.databaseUrl });
  await admin.query(`create database ${name}`);
  const url = new URL(ground.databaseUrl);
  url.pathname = `/${name}`;
  const source = await makeDataSource({ url: url.toString(), connectionLimit: 4 }).initialize();
  try {
    await source.runMigrations();
    return await work(makeDatabase(source));
  } finally {
    await source.destroy();
    await admin.query(`drop database ${name}`);
    await admin.end();
  }
}

async function measure(database: Database, deliveries: number): Promise<Record<string, unknown>> {
  const now = new Date();
  await makePartitions(database).keepUp(new Date(now.getTime() - 2 * 86_400_000), 30);
  await makePartitions(database).keepUp(now, 30);
  const tenantId = newId('tenant');
  const endpointIds = Array.from({ length: ENDPOINTS }, () => newId('endpoint'));
  const rows = await fill(database, { tenantId, endpointIds, deliveries, now });
  const queries = makeStatsQueries(database);
  const [endpointId = ''] = endpointIds;
  const day = statsRange(new Date(now.getTime() - 86_400_000), undefined, now);
  const always = statsRange(new Date(now.getTime() - DAYS * 86_400_000), undefined, now);
  const page = endpointIds.slice(0, 50).map((id) => ({ endpointId: id }));
  const read = (subjects: StatsSubject[], range: StatsRange) => () =>
    queries.totals(tenantId, subjects, range);
  const medianMs = {
    endpointDay: await time(read([{ endpointId }], day)),
    pageOf50EndpointsDay: await time(read(page, day)),
    tenantDay: await time(read([{ tenantId }], day)),
    tenantDaySeries: await time(async () => {
      const [points = []] = await queries.points(tenantId, [{ tenantId }], day);
      cutIntoBuckets(day, points, 60);
    }),
    tenant400Days: await time(read([{ tenantId }], always)),
  };
  return {
    ...{ deliveries, rows, medianMs },
    fold: await timeFold(database, tenantId, endpointIds),
    plans: {
      endpointDay: await explain(database, tenantId, [{ endpointId }], day, stretchesOf(day)),
      tenantDaySeries: await explain(database, tenantId, [{ tenantId }], day, finestStretchesOf(day)),
    },
  };
}

interface Filling {
  tenantId: string;
  endpointIds: string[];
  deliveries: number;
  now: Date;
}

/** Deliveries at random endpoints and minutes of two days; and, for the tenant, an hour row for each hour of 400 days. */
async function fill(
  database: Database,
  { tenantId, endpointIds, deliveries, now }: Filling,
): Promise<Record<string, number>> {
  const last = minuteOf(now.getTime());
  const cells = new Int32Array(endpointIds.length * MINUTES);
  for (let i = 0; i < deliveries; i++) {
    const cell = Math.floor(Math.random() * cells.length);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  const tenant = idBytes('tenant', tenantId);
  const subjects = [...endpointIds.map((id) => subjectBytes({ endpointId: id })), tenant];
  const hours = new Map<string, { subject: Buffer; at: number; count: number }>();
  const tenantMinutes = new Int32Array(MINUTES);
  const counts = { stat_minutes: 0, stat_hours: 0 };
  const pending: Record<keyof typeof counts, unknown[][]> = { stat_minutes: [], stat_hours: [] };
  const flush = async (table: keyof typeof counts, least: number): Promise<void> => {
    if (pending[table].length < least) return;
    await database.write(
      `insert into ${table} (subject_id, at, tenant_id, delivered, attempts, latencies) values ?`,
      [pending[table]],
    );
    counts[table] += pending[table].length;
    pending[table] = [];
  };
  const put = async (
    table: keyof typeof counts,
    subject: Buffer,
    at: number,
    count: number,
  ): Promise<void> => {
    pending[table].push([subject, at, tenant, count, count, someLatencies(count)]);
    await flush(table, ROWS_PER_STATEMENT);
  };
  for (const [index, subject] of subjects.entries()) {
    for (let minute = 0; minute < MINUTES; minute++) {
      const isTenant = index === endpointIds.length;
      const count = (isTenant ? tenantMinutes[minute] : cells[index * MINUTES + minute]) ?? 0;
      if (count === 0) continue;
      if (!isTenant) tenantMinutes[minute] = (tenantMinutes[minute] ?? 0) + count;
      const at = last - minute;
      await put('stat_minutes', subject, at, count);
      const key = `${index}/${hourOf(at)}`;
      const hour = hours.get(key) ?? { subject, at: hourOf(at), count: 0 };
      hour.count += count;
      hours.set(key, hour);
    }
  }
  for (const { subject, at, count } of hours.values()) await put('stat_hours', subject, at, count);
  for (let hour = 50; hour < DAYS * 24; hour++) {
    await put('stat_hours', tenant, hourOf(last) - 60 * hour, Math.ceil(deliveries / 48));
  }
  await flush('stat_minutes', 1);
  await flush('stat_hours', 1);
  await database.rows('analyze table stat_minutes, stat_hours');
  return counts;
}

/** Around 50 ms, over three powers of ten; at most 60 of them, which use as many slots as thousands do. */
function someLatencies(count: number): Buffer | null {
  const latencies: Latencies = new Map();
  for (let i = 0; i < Math.min(count, 60); i++) {
    addLatency(latencies, 50 * Math.exp((Math.random() + Math.random() + Math.random() - 1.5) * 2.5));
  }
  return encodeLatencies(latencies);
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return round(median(times));
}

/** One batch of deltas of as many transactions, spread over the endpoints. */
async function timeFold(
  database: Database,
  tenantId: string,
  endpointIds: readonly string[],
): Promise<Record<string, number>> {
  const at = minuteOf(Date.now());
  const tenant = idBytes('tenant', tenantId);
  await database.write(
    'insert into stat_deltas (subject_id, tenant_id, at, delivered, attempts, latencies) values ?',
    [
      Array.from({ length: DELTAS_PER_BATCH }, (_, index) => [
        subjectBytes({ endpointId: endpointIds[index % endpointIds.length] ?? '' }),
        ...[tenant, at, 5, 5, someLatencies(5)],
      ]),
    ],
  );
  const startMs = performance.now();
  const deltas = await makeStatsFolder(database).foldStats(new Date(), 1);
  return { deltas, ms: round(performance.now() - startMs) };
}

/** What the database means to do, a line for each table. */
async function explain(
  database: Database,
  ...[tenantId, subjects, range, stretches]: Parameters<typeof statsStatement>
): Promise<string[]> {
  const { sql, parameters } = statsStatement(tenantId, subjects, range, stretches);
  const rows = await database.rows<Record<string, string | number | null>>(`explain ${sql}`, parameters);
  return rows.map(({ table, type, key, rows: estimated, Extra }) =>
    [table, type, key, estimated, Extra].map((part) => String(part ?? '-')).join(' | '),
  );
}
