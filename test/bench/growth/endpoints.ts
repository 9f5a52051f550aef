import { seedEndpoints } from '../endpoints-seed';
import type { Bench } from '../setting';
import { sized } from '../size';
import { openSubjectDatabase } from '../subject-database';
import { measureGrowth } from './measure-growth';

const SIZES = sized([10, 1000, 50_000], [10, 100, 1000]);

/** One tenant with so many endpoints, each on an event type of its own; the events go round among them. */
export const endpoints: Bench = (ground) =>
  measureGrowth(ground, {
    sizes: SIZES,
    async fill({ subject, size, hookUrl }) {
      const typeOf = (n: number): string => `growth.n${n % size}`;
      const { database, close } = await openSubjectDatabase(ground, subject);
      const subscriptions = Array.from({ length: size }, (_, n) => [{ eventTypes: [typeOf(n)] }]);
      await seedEndpoints(subject, database, { url: hookUrl, subscriptions });
      await close();
      return { typeOf, dataOf: () => ({}) };
    },
  });
