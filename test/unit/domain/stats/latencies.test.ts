import fc from 'fast-check';
import {
  RELATIVE_ERROR,
  addEncodedLatencies,
  addLatencies,
  addLatency,
  encodeLatencies,
  quantileMs,
  type Latencies,
} from '../../../../src/domain/stats/latencies';

const YEAR_MS = 366 * 86_400_000;
const someMs = fc.oneof(
  fc.integer({ min: 1, max: 1000 }),
  fc.integer({ min: 1, max: YEAR_MS }),
  fc.double({ min: 1, max: YEAR_MS, noNaN: true }),
);

function latenciesOf(values: readonly number[]): Latencies {
  const latencies: Latencies = new Map();
  for (const value of values) addLatency(latencies, value);
  return latencies;
}

/** The value that a share of all does not exceed, by counting. */
function trueQuantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

describe('latencies', () => {
  it('give every quantile within five percent', () => {
    fc.assert(
      fc.property(
        fc.array(someMs, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const truth = trueQuantile(values, share);
          const error = Math.abs((quantileMs(latenciesOf(values), share) ?? 0) - truth) / truth;
          expect(error).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('of parts add up to those of the whole', () => {
    fc.assert(
      fc.property(fc.array(someMs), fc.array(someMs), (some, others) => {
        const sum = latenciesOf(some);
        addLatencies(sum, latenciesOf(others));
        expect(sum).toEqual(latenciesOf([...some, ...others]));
      }),
    );
  });

  it('come back from the database as they went, and add to what is there', () => {
    const counts = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 2 ** 40 })),
      { selector: ([slot]) => slot },
    );
    fc.assert(
      fc.property(counts, counts, (written, present) => {
        const into: Latencies = new Map(present);
        addEncodedLatencies(into, encodeLatencies(new Map(written)));
        const sum: Latencies = new Map(present);
        addLatencies(sum, new Map(written));
        expect(into).toEqual(sum);
      }),
    );
  });

  it('fit their column even when every slot is in use a billion times', () => {
    const full: Latencies = new Map(Array.from({ length: 256 }, (_, slot) => [slot, 2 ** 31]));
    expect(encodeLatencies(full)?.length).toBeLessThanOrEqual(2048);
  });

  it('take what a clock that runs behind makes of a latency', () => {
    expect(quantileMs(latenciesOf([-300]), 0.5)).toBeCloseTo(1, 0);
  });

  it('are nothing when there are none', () => {
    expect(quantileMs(new Map(), 0.5)).toBeNull();
    expect(encodeLatencies(new Map())).toBeNull();
  });
});
