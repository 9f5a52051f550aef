import { LIMITS } from '../../../src/domain/limits';
import { seedEndpoints } from '../endpoints-seed';
import type { Bench } from '../setting';
import { sized } from '../size';
import { openSubjectDatabase } from '../subject-database';
import { measureGrowth } from './measure-growth';

const SIZES = sized([1, 100, 10_000], [1, 100, 1000]);

/** One tenant with so many subscriptions, all on one topic, each with a filter that lets one event in as many through. */
export const subscriptions: Bench = (ground) =>
  measureGrowth(ground, {
    sizes: SIZES,
    async fill({ subject, size, hookUrl }) {
      const perEndpoint = LIMITS.subscriptionsPerEndpoint;
      const customerOf = (n: number): string => `customer-${n % size}`;
      const all = Array.from({ length: size }, (_, n) => ({
        eventTypes: ['growth.#'],
        filter: { data: { customer: [customerOf(n)] } },
      }));
      const byEndpoint = Array.from({ length: Math.ceil(size / perEndpoint) }, (_, at) =>
        all.slice(at * perEndpoint, (at + 1) * perEndpoint),
      );
      const { database, close } = await openSubjectDatabase(ground, subject);
      await seedEndpoints(subject, database, { url: hookUrl, subscriptions: byEndpoint });
      await close();
      return { typeOf: () => 'growth.placed', dataOf: (n) => ({ customer: customerOf(n) }) };
    },
  });
