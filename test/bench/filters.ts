import { compilePattern } from '../../src/domain/event-pattern/compile-pattern';
import { SubscriberIndex } from '../../src/domain/event-pattern/subscriber-index';
import { atOnce } from '../../src/domain/pieces';
import type { Bench } from './setting';
import { sized } from './size';

/**
 * What finding the subscribers of one event costs when 1, 100 or 10,000 of a tenant's subscriptions are on `order.#`,
 * each with a filter of its own, and one of them matches. No broker and no database: the index alone.
 */
const SIZES = [1, 100, 10_000];
const MEASURED_MS = sized(800, 50);

/** The n-th filter, and an event that filter 0 alone matches. */
const KINDS: Record<string, { filter: (n: number) => object; data: object }> = {
  exact: {
    filter: (n) => ({ data: { customer: [`customer-${n}`] } }),
    data: { customer: 'customer-0', total: 40 },
  },
  numeric: {
    filter: (n) => ({ data: { total: [{ numeric: ['>', n * 10] }] } }),
    data: { customer: 'customer-0', total: 5 },
  },
  range: {
    filter: (n) => ({ data: { total: [{ numeric: ['>=', n * 10, '<', n * 10 + 10] }] } }),
    data: { customer: 'customer-0', total: 5 },
  },
  prefix: {
    filter: (n) => ({ data: { customer: [{ prefix: `customer-${String(n).padStart(5, '0')}` }] } }),
    data: { customer: 'customer-00000/berlin', total: 5 },
  },
  'exact and numeric': {
    filter: (n) => ({ data: { country: ['DE'], total: [{ numeric: ['>', n * 10] }] } }),
    data: { country: 'DE', total: 5 },
  },
};

export const filters: Bench = ({ report }) => {
  const result: Record<string, object> = {};
  for (const [kind, { filter, data }] of Object.entries(KINDS)) {
    const perSecond: Record<string, number> = {};
    for (const size of SIZES) {
      report(`${kind}, ${size} subscriptions`);
      perSecond[size] = Math.round(measure(indexOf(size, filter), eventWith(data)));
    }
    const [one = 0, ...more] = SIZES.map((size) => perSecond[size] ?? 0);
    const ratios: Record<string, number> = {};
    for (const [at, rate] of more.entries()) ratios[String(SIZES[at + 1])] = round(one / rate);
    result[kind] = { eventsPerSecond: perSecond, costAgainstOne: ratios };
  }
  return Promise.resolve(result);
};

function indexOf(size: number, filter: (n: number) => object): SubscriberIndex<number> {
  const index = new SubscriberIndex<number>();
  for (let n = 0; n < size; n++) {
    const compiled = compilePattern(filter(n));
    if (!compiled.ok) throw new Error(compiled.reason);
    index.add({ topics: ['order.#'], pattern: compiled.pattern }, n);
  }
  return index;
}

const eventWith = (data: object): object => ({
  ...{ id: 'evt_1', type: 'order.placed', version: 1, timestamp: '2026-01-02T03:04:05.678Z', tenant: 'acme' },
  data,
});

/** Events a second of processor time, each of which must find subscription 0 and nothing else. */
function measure(index: SubscriberIndex<number>, event: object): number {
  const run = (forMs: number): number => {
    const startMs = performance.now();
    const cpu = process.cpuUsage();
    let events = 0;
    for (; performance.now() - startMs < forMs; events++) {
      const { found } = atOnce(index.find('order.placed', () => event));
      if (found.length !== 1 || found[0] !== 0) throw new Error(`found ${found.join(', ')}`);
    }
    const { user, system } = process.cpuUsage(cpu);
    return (events / (user + system)) * 1_000_000;
  };
  // What runs first is not compiled yet.
  run(MEASURED_MS / 2);
  return run(MEASURED_MS);
}

const round = (value: number): number => Math.round(value * 100) / 100;
