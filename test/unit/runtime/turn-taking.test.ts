import type { InPieces } from '../../../src/domain/pieces';
import { makeTurnTaking } from '../../../src/runtime/turn-taking';

/** Keeps this thread busy. */
function burn(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

function* pieces(count: number, ms: number): InPieces<string> {
  for (let at = 0; at < count; at++) {
    burn(ms);
    yield;
  }
  return 'done';
}

// eslint-disable-next-line require-yield -- it is short
function* inOnePiece(ms: number): InPieces<void> {
  burn(ms);
}

/** Turns of the event loop while `work` runs. */
async function turnsWhile(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

/** Whoever asks waits, whether it was done at once or not. */
function asPromises() {
  const inTurns = makeTurnTaking();
  return async <T>(whose: string, work: InPieces<T>): Promise<T> => inTurns(whose, work);
}

describe('work in turns', () => {
  it('lets the event loop turn between pieces, of one and of many', async () => {
    const inTurns = asPromises();
    expect(await turnsWhile(() => inTurns('a', pieces(8, 6)))).toBeGreaterThan(6);
    const many = () => Promise.all(Array.from({ length: 8 }, () => inTurns('a', pieces(1, 6))));
    expect(await turnsWhile(many)).toBeGreaterThan(6);
  });

  it('runs what is short at once, in one turn, and tells what it throws', async () => {
    const inTurns = asPromises();
    let hasTurned = false;
    setImmediate(() => (hasTurned = true));
    await Promise.all(Array.from({ length: 100 }, () => inTurns('a', pieces(0, 0))));
    expect(hasTurned).toBe(false);
    // eslint-disable-next-line require-yield -- it does not come to it
    const failing = function* (): InPieces<void> {
      throw new Error('as it was');
    };
    await expect(inTurns('a', failing())).rejects.toThrow('as it was');
  });

  it('rests between turns once it has taken many in a row, so that everything else gets twice as much', async () => {
    const inTurns = asPromises();
    const rests = jest.spyOn(globalThis, 'setTimeout');
    await inTurns('a', pieces(6, 2));
    expect(rests).not.toHaveBeenCalled();
    await inTurns('a', pieces(60, 2));
    expect(rests.mock.calls.length).toBeGreaterThan(40);
    const lengths = rests.mock.calls.map(([, ms = 0]) => ms);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(10);
    rests.mockClear();
    await inTurns('b', pieces(6, 2));
    expect(rests).not.toHaveBeenCalled();
    rests.mockRestore();
  });

  it('rests no longer than before where the work is much, and each of it little', async () => {
    const inTurns = asPromises();
    const rests = jest.spyOn(globalThis, 'setTimeout');
    await Promise.all(Array.from({ length: 60 }, (_, at) => inTurns(`t${at % 20}`, inOnePiece(1))));
    expect(new Set(rests.mock.calls.map(([, ms]) => ms))).toEqual(new Set([2]));
    rests.mockRestore();
  });

  it('does at once what is little and of a tenant that does not wait, before those who do', async () => {
    const inTurns = asPromises();
    const state = { isOver: false };
    const bomb = inTurns('a', pieces(60, 2)).then(() => (state.isOver = true));
    while (!state.isOver) {
      await new Promise((resolve) => setTimeout(resolve, 15));
      let turns = 0;
      setImmediate(() => turns++);
      await inTurns('b', pieces(0, 0));
      expect(turns).toBe(0);
    }
    await bomb;
  });

  it('keeps nobody waiting for all that somebody else has waiting', async () => {
    const inTurns = asPromises();
    let done = 0;
    const bombs = Array.from({ length: 50 }, () => inTurns('a', pieces(20, 1)).then(() => done++));
    expect(await inTurns('b', pieces(2, 1))).toBe('done');
    expect(done).toBe(0);
    expect(await inTurns('a', pieces(2, 1))).toBe('done');
    expect(done).toBe(0);
    await Promise.all(bombs);
    expect(done).toBe(50);
  });
});
