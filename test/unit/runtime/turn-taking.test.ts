import { makeTurnTaking } from '../../../src/runtime/turn-taking';

/** Keeps this thread busy. */
function burn(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

it('lets the event loop turn between long pieces of work that are ready at once', async () => {
  const inItsTurn = makeTurnTaking();
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const seen = await Promise.all(
    Array.from({ length: 5 }, () =>
      inItsTurn(() => {
        burn(25);
        return turns;
      }),
    ),
  );
  isOver = true;
  expect(new Set(seen).size).toBe(5);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

it('runs short pieces at once, in one turn, and tells what they throw', async () => {
  const inItsTurn = makeTurnTaking();
  let hasTurned = false;
  setImmediate(() => (hasTurned = true));
  await Promise.all(Array.from({ length: 100 }, () => inItsTurn(() => undefined)));
  expect(hasTurned).toBe(false);
  const failing = inItsTurn(() => {
    throw new Error('as it was');
  });
  await expect(failing).rejects.toThrow('as it was');
});
