import { makeTokenBuckets } from '../../../src/runtime/token-buckets';

function setUp() {
  let at = 1_000_000;
  const buckets = makeTokenBuckets({ burst: 3, perSecond: 2, now: () => at });
  return { ...buckets, pass: (ms: number) => (at += ms) };
}

const takeAll = ({ take }: ReturnType<typeof setUp>, name: string, count: number): number[] =>
  Array.from({ length: count }, () => take(name));

describe('token buckets', () => {
  it('give a burst, then say how long to wait', () => {
    expect(takeAll(setUp(), 'a', 5)).toEqual([0, 0, 0, 500, 500]);
  });

  it('fill again evenly, and never above the brim', () => {
    const buckets = setUp();
    takeAll(buckets, 'a', 3);
    buckets.pass(250);
    expect(buckets.waitOf('a')).toBe(250);
    buckets.pass(250);
    expect(takeAll(buckets, 'a', 2)).toEqual([0, 500]);
    buckets.pass(3_600_000);
    expect(takeAll(buckets, 'a', 4)).toEqual([0, 0, 0, 500]);
  });

  it('are apart, and looking takes nothing', () => {
    const buckets = setUp();
    takeAll(buckets, 'a', 3);
    for (let i = 0; i < 10; i++) expect(buckets.waitOf('b')).toBe(0);
    expect(takeAll(buckets, 'b', 4)).toEqual([0, 0, 0, 500]);
  });

  it('do not run dry when the clock is set back', () => {
    const buckets = setUp();
    takeAll(buckets, 'a', 1);
    buckets.pass(-60_000);
    expect(takeAll(buckets, 'a', 3)).toEqual([0, 0, 500]);
  });
});
