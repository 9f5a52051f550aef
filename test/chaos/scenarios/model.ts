import { checkModel } from '../model/check';
import type { Scenario } from '../scenario';

/**
 * Everything that can happen to deliveries, in random orders, against a reference; the database and the code are real,
 * the broker and the receivers are in memory. A fault comes with the shortest order that shows it.
 */
export const model: Scenario = async ({ servers, form }) => {
  const seconds = form === 'long' ? Number(process.env.MODEL_SECONDS ?? 600) : 10;
  const { databaseUrl } = servers;
  const seed = process.env.MODEL_SEED === undefined ? {} : { seed: Number(process.env.MODEL_SEED) };
  const moves = form === 'long' ? 80 : 40;
  const tried = await checkModel({ databaseUrl, moves, timeMs: seconds * 1000, ...seed });
  return { figures: { seconds, tried }, faults: [] };
};
