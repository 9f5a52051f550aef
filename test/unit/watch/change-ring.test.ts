import fc from 'fast-check';
import { makeChangeRing, type ChangeRing } from '../../../src/watch/change-ring';
import { makeChange } from '../made-up-tenant';

const offerAll = (ring: ChangeRing, seqs: number[]): void =>
  seqs.forEach((seq) => ring.offer(makeChange(seq)));
const seqsAfter = (ring: ChangeRing, seq: number): number[] | undefined =>
  ring.after(seq)?.map((change) => change.seq);
const upTo = (end: number, from = 1): number[] => Array.from({ length: end - from + 1 }, (_, i) => from + i);

describe('the ring of changes', () => {
  it('begins empty, where the log stands', () => {
    const ring = makeChangeRing(10);
    expect([ring.last(), ring.hasGap(), seqsAfter(ring, 10)]).toEqual([10, false, []]);
  });

  it('gives what came after a place', () => {
    const ring = makeChangeRing(10);
    offerAll(ring, [11, 12, 13]);
    expect(seqsAfter(ring, 10)).toEqual([11, 12, 13]);
    expect(seqsAfter(ring, 12)).toEqual([13]);
    expect(seqsAfter(ring, 13)).toEqual([]);
  });

  it('says that it does not know what came before it', () => {
    const ring = makeChangeRing(10);
    expect(seqsAfter(ring, 9)).toBeUndefined();
    offerAll(ring, [11]);
    expect(seqsAfter(ring, 9)).toBeUndefined();
    expect(seqsAfter(ring, 0)).toBeUndefined();
  });

  it('has nothing for a place that is not reached yet', () => {
    const ring = makeChangeRing(10);
    offerAll(ring, [11]);
    expect(seqsAfter(ring, 500)).toEqual([]);
  });

  it('puts in order what overtook each other, and waits for what is missing', () => {
    const ring = makeChangeRing(0);
    offerAll(ring, [3, 2]);
    expect([ring.last(), ring.hasGap(), seqsAfter(ring, 0)]).toEqual([0, true, []]);
    offerAll(ring, [5, 1]);
    expect([ring.last(), ring.hasGap(), seqsAfter(ring, 0)]).toEqual([3, true, [1, 2, 3]]);
    offerAll(ring, [4]);
    expect([ring.last(), ring.hasGap(), seqsAfter(ring, 3)]).toEqual([5, false, [4, 5]]);
  });

  it('takes each change once, however often it comes', () => {
    const ring = makeChangeRing(0);
    offerAll(ring, [1, 1, 3, 3, 2, 2, 3, 1]);
    expect([seqsAfter(ring, 0), ring.hasGap()]).toEqual([[1, 2, 3], false]);
  });

  it('is always a gapless piece of the log, whatever the order and however much is lost or repeated', () => {
    const arrivals = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), arrivals, (start, seqs) => {
        const ring = makeChangeRing(start);
        const seen = new Set<number>();
        for (const seq of seqs) {
          ring.offer(makeChange(seq));
          seen.add(seq);
          let end = start;
          while (seen.has(end + 1)) end++;
          expect(ring.last()).toBe(end);
          expect(seqsAfter(ring, start)).toEqual(upTo(end, start + 1));
          expect(ring.hasGap()).toBe([...seen].some((one) => one > end));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('forgets the oldest, but keeps the newest two thousand', () => {
    const ring = makeChangeRing(0);
    offerAll(ring, upTo(4001));
    expect(seqsAfter(ring, 0)).toBeUndefined();
    expect(seqsAfter(ring, 2001)).toEqual(upTo(4001, 2002));
    expect(seqsAfter(ring, 2000)).toBeUndefined();
  });

  it('keeps a bounded number aside, and still knows that there is a gap', () => {
    const ring = makeChangeRing(0);
    offerAll(ring, upTo(10_000, 2));
    expect(ring.hasGap()).toBe(true);
    offerAll(ring, [1]);
    expect(ring.last()).toBe(2001);
    expect(ring.hasGap()).toBe(false);
  });
});

describe('waiting for the next change', () => {
  it('ends with it, for everybody who waits', async () => {
    const ring = makeChangeRing(0);
    const { signal } = new AbortController();
    const waiting = Promise.all([ring.grown(signal), ring.grown(signal)]);
    ring.offer(makeChange(1));
    await waiting;
    expect(ring.last()).toBe(1);
  });

  it('gathers changes when many wait, and then wakes all of them', async () => {
    const ring = makeChangeRing(0);
    let woken = 0;
    const wait = (): Promise<unknown> => ring.grown(new AbortController().signal).then(() => woken++);
    const waiting = Promise.all(Array.from({ length: 300 }, wait));
    offerAll(ring, [1, 2]);
    for (let i = 0; i < 10; i++) await Promise.resolve();
    expect(woken).toBe(0);
    ring.offer(makeChange(3));
    await waiting;
    expect(seqsAfter(ring, 0)).toEqual([1, 2, 3]);
  });

  it('does not end with one that leaves a gap, or is old', async () => {
    const ring = makeChangeRing(5);
    let woken = false;
    const waiting = ring.grown(new AbortController().signal).then(() => (woken = true));
    offerAll(ring, [3, 7]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(woken).toBe(false);
    ring.offer(makeChange(6));
    await waiting;
  });

  it('ends when the watcher goes', async () => {
    const ring = makeChangeRing(0);
    const gone = new AbortController();
    const waiting = ring.grown(gone.signal);
    gone.abort();
    await waiting;
    await ring.grown(gone.signal);
    expect(ring.last()).toBe(0);
  });
});
