import { makePatience } from '../../../src/route/patience';
import { atOnce, unless, type InPieces } from '../../../src/domain/pieces';

function makeGround(rules = { ofTenant: 3, ofAll: 5, asideMs: 1000 }) {
  const clock = { ms: 0 };
  const aside: string[] = [];
  const patience = makePatience(
    rules,
    (tenantId) => aside.push(tenantId),
    () => clock.ms,
  );
  /** An event whose matching has taken a piece and is not done. */
  const heavy = (tenantId: string) => {
    const wait = patience.with(tenantId);
    expect(wait.isOver(0)).toBe(false);
    return { wait, isOver: wait.isOver(1) };
  };
  return { clock, aside, patience, heavy };
}

describe('patience with a tenant', () => {
  it('ends with its third heavy event at once, for all of its events, and for nobody else’s', () => {
    const { aside, patience, heavy } = makeGround();
    const first = heavy('bad');
    expect([first.isOver, heavy('bad').isOver, heavy('bad').isOver]).toEqual([false, false, true]);
    expect(first.wait.isOver(2)).toBe(true);
    expect(patience.with('bad').isOver(0)).toBe(true);
    expect(patience.with('good').isOver(0)).toBe(false);
    expect(aside).toEqual(['bad']);
  });

  it('is not tried by what is done in one piece, nor by heavy events one after another', async () => {
    const { aside, patience, heavy } = makeGround();
    for (let n = 0; n < 100; n++) expect(patience.with('busy').isOver(0)).toBe(false);
    for (let n = 0; n < 100; n++) await heavy('slow').wait.during(Promise.resolve());
    const long = patience.with('long');
    for (let pieces = 0; pieces < 100; pieces++) expect(long.isOver(pieces)).toBe(false);
    expect(aside).toEqual([]);
  });

  it('comes back after a while, and ends again', async () => {
    const { clock, aside, heavy } = makeGround();
    const waits = [heavy('bad'), heavy('bad'), heavy('bad')].map(({ wait }) => wait);
    await Promise.all(waits.map((wait) => wait.during(Promise.resolve())));
    clock.ms = 1001;
    expect([heavy('bad').isOver, heavy('bad').isOver, heavy('bad').isOver]).toEqual([false, false, true]);
    expect(aside).toEqual(['bad', 'bad']);
  });

  it('ends for whoever has most when many tenants have heavy events together', () => {
    const { aside, heavy } = makeGround();
    for (const tenant of ['a', 'b', 'b', 'c']) expect(heavy(tenant).isOver).toBe(false);
    expect(heavy('d').isOver).toBe(false);
    expect(aside).toEqual(['b']);
    expect(heavy('d').isOver).toBe(true);
    expect(aside).toEqual(['b', 'd']);
  });
});

describe('work that is given up when it is too late', () => {
  function* work(pieces: number): InPieces<string> {
    for (let n = 1; n < pieces; n++) yield;
    return 'done';
  }

  it('is not begun, or not gone on with, and is done where it is in time', () => {
    const asked: number[] = [];
    const until = (last: number) => (pieces: number) => {
      asked.push(pieces);
      return pieces >= last;
    };
    expect(atOnce(unless(until(0), work(1)))).toBeUndefined();
    expect(atOnce(unless(until(1), work(1)))).toBe('done');
    expect(atOnce(unless(until(2), work(3)))).toBeUndefined();
    expect(atOnce(unless(until(3), work(3)))).toBe('done');
    expect(Math.max(...asked)).toBe(2);
  });

  it('is asked about again after each pause', () => {
    let isLate = false;
    const step = unless(() => isLate, work(9));
    expect(step.next().done).toBe(false);
    isLate = true;
    expect(step.next()).toEqual({ done: true, value: undefined });
  });
});
