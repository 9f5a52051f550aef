import { compileSchema } from '../../src/catalog/compile-schema';
import { compilePattern, type EventPattern } from '../../src/domain/event-pattern/compile-pattern';
import { briefly, explainBriefly } from '../../src/domain/event-pattern/explain-briefly';
import { SubscriberIndex } from '../../src/domain/event-pattern/subscriber-index';
import type { InPieces } from '../../src/domain/pieces';
import { diffSchemas } from '../../src/domain/schema/schema-diff';
import { FILTER_BOMBS, SCHEMA_BOMBS, WILDCARDS, texts } from '../support/bombs';

/** Of processor time: a tenth of a second is what anybody else may wait for, and a busy machine takes about twice that. */
const LONGEST_MS = 250;

function compiled(filter: object): EventPattern {
  const result = compilePattern(filter);
  if (!result.ok) throw new Error(result.reason);
  return result.pattern;
}

interface Run<T> {
  value: T;
  pieces: number[];
}

function run<T>(work: InPieces<T>): Run<T> {
  const pieces: number[] = [];
  for (;;) {
    const before = process.cpuUsage();
    const piece = work.next();
    pieces.push(process.cpuUsage(before).user / 1000);
    if (piece.done) return { value: piece.value, pieces };
  }
}

/** A piece in which memory was tidied up is long, the same one not each time. */
function expectShortPieces<T>(work: () => InPieces<T>): Run<T> {
  const runs = [run(work()), run(work())];
  const longest = Math.min(...runs.map(({ pieces }) => Math.max(...pieces)));
  expect(longest).toBeLessThan(LONGEST_MS);
  return runs[0] as Run<T>;
}

describe.each(Object.entries(FILTER_BOMBS))('a filter with %s', (_, { filter, event }) => {
  it('is matched in short pieces, to the end', () => {
    const { value, pieces } = expectShortPieces(() => compiled(filter).matches(event));
    expect(value).toBe(false);
    expect(pieces.length).toBeGreaterThan(20);
  });

  it('is explained in short pieces, or not at all', () => {
    const pattern = compiled(filter);
    const { value, pieces } = expectShortPieces(() => explainBriefly(briefly(), pattern, event));
    expect(value).toMatch(/takes longer than an answer may|^data\./);
    expect(pieces.length).toBeLessThan(250);
  });
});

it('a hundred filters of one tenant are tried in short pieces', () => {
  const index = new SubscriberIndex<number>();
  for (let n = 0; n < 100; n++) index.add({ topics: ['#'], pattern: compiled(WILDCARDS) }, n);
  const { value, pieces } = expectShortPieces(() => index.find('x', () => texts(60)));
  expect(value.found).toEqual([]);
  expect(pieces.length).toBeGreaterThan(50);
});

it('an index looks at each key once, however often an event has the value', () => {
  const index = new SubscriberIndex<number>();
  for (let n = 0; n < 200; n++)
    index.add({ topics: ['#'], pattern: compiled({ l: ['a'], [`x${n}`]: [n] }) }, n);
  const { value, pieces } = run(index.find('x', () => ({ l: Array<string>(60_000).fill('a'), x7: 7 })));
  expect(value.found).toEqual([7]);
  expect(pieces.length).toBeLessThan(100);
});

it('two large schemas are compared in short pieces', () => {
  const large = (suffix: string) => ({
    properties: Object.fromEntries(
      Array.from({ length: 490 }, (_, n) => [
        `k${n}`,
        { enum: [`${n}`, `${n}${n > 420 ? suffix : ''}`], type: 'string' },
      ]),
    ),
  });
  const { value, pieces } = expectShortPieces(() => diffSchemas(large('a'), large('b')));
  expect(value.length).toBeGreaterThan(50);
  expect(pieces.length).toBeGreaterThan(2);
});

describe.each(Object.entries(SCHEMA_BOMBS))('a schema with %s', (_, schema) => {
  it('is compiled, and finds what does not fit, in short pieces', () => {
    const { value } = expectShortPieces(() => compileSchema(schema));
    if (!value.ok) throw new Error(JSON.stringify(value.problems));
    // The first that does not fit has another way of checking compiled: so each run has a schema of its own.
    const checks = [value, run(compileSchema(schema)).value];
    const { value: faults } = expectShortPieces(() => {
      const next = checks.pop();
      if (!next?.ok) throw new Error('not compiled');
      return next.check({ a: 1, k1: 5 });
    });
    expect(faults?.length).toBeGreaterThan(0);
  });
});
