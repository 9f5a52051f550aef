import { checkModel } from '../model/check';
import type { Scenario } from '../scenario';

/**
 * Everything that can happen to deliveries, in random orders, against a reference; the database and the code are real,
 * the broker and the receivers are in memory. A fault comes with the shortest order that shows it.
 */
export const model: Scenario = async ({ servers: { databaseUrl }, form }) => {
  const seconds = Number(process.env.MODEL_SECONDS ?? 600);
  const seed = process.env.MODEL_SEED === undefined ? {} : { seed: Number(process.env.MODEL_SEED) };
  // The short form tries the same orders every time, so that a test says the same of the same code.
  const tried = await checkModel(
    form === 'long'
      ? { databaseUrl, moves: 80, timeMs: seconds * 1000, ...seed }
      : { databaseUrl, moves: 40, timeMs: 10_000, runs: 80, seed: 1 },
  );
  return { figures: { tried }, faults: [] };
};
