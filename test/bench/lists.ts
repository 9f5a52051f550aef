import { loadavg } from 'node:os';
import type { Database } from '../../src/store/database';
import { casesOf, type Work } from './lists/lists-cases';
import { DAYS } from './lists/lists-seed';
import { startListsStand, type ListsStand } from './lists/lists-stand';
import { median, round, type Bench } from './setting';
import { sized } from './size';

/**
 * What the lists of the API cost at so many deliveries, over HTTP: `npm run bench -- lists`, and with `--large` at five
 * million too. Every list should cost the same at every size.
 */
const SIZES = sized([10_000, 1_000_000], [10_000, 12_000]);
const LARGE = 5_000_000;
const RUNS = sized(21, 3);
const MOST_MS_PER_CASE = 6_000;

export const lists: Bench = async (ground) => {
  const sizes = process.argv.includes('--large') ? [...SIZES, LARGE] : SIZES;
  const stands: ListsStand[] = [];
  try {
    for (const size of sizes) stands.push(await startListsStand(ground, size));
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
