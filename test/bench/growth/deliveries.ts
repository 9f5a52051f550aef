import { fillLists } from '../lists/lists-seed';
import { configureLists } from '../lists/lists-stand';
import { createEndpoint } from '../neighbours/work';
import { round, type Bench } from '../setting';
import { sized } from '../size';
import { openSubjectDatabase } from '../subject-database';
import { measureGrowth } from './measure-growth';

const SIZES = sized([10_000, 1_000_000], [10_000, 12_000]);
const LARGE = 5_000_000;

/** A database with so many stored deliveries over eight days, attempts and changes with them; `--large`: five million, too. */
export const deliveries: Bench = (ground) =>
  measureGrowth(ground, {
    sizes: process.argv.includes('--large') ? [...SIZES, LARGE] : SIZES,
    async fill({ subject, size, hookUrl }) {
      const { database, close } = await openSubjectDatabase(ground, subject);
      const startMs = performance.now();
      await fillLists(database, { ...(await configureLists(subject)), deliveries: size });
      ground.report(`${size} deliveries in ${round((performance.now() - startMs) / 1000)} s`);
      await close();
      await createEndpoint(subject, { url: hookUrl, eventTypes: ['growth.#'] });
      return { typeOf: () => 'growth.placed', dataOf: () => ({}) };
    },
  });
