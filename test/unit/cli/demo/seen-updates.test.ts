import type { DeliveryUpdate } from '../../../../src/api/client/follow-deliveries';
import { makeSeenUpdates, type Match } from '../../../../src/cli/demo/seen-updates';

const update = (status: string): DeliveryUpdate => ({ status }) as DeliveryUpdate;
const has =
  (status: string): Match =>
  (seen) =>
    seen.status === status;
const options = { timeoutMs: 5000, signal: new AbortController().signal };

describe('waiting for what the live stream shows', () => {
  test('ends at once when all of it was seen before', async () => {
    const seen = makeSeenUpdates();
    seen.add(update('DELIVERED'));
    await expect(seen.waitForAll([has('DELIVERED')], options)).resolves.toBe(true);
    expect(seen.find(has('DELIVERED'))).toEqual({ status: 'DELIVERED' });
  });

  test('ends when the last of it is seen, whatever the order', async () => {
    const seen = makeSeenUpdates();
    let isOver = false;
    const waiting = seen.waitForAll([has('A'), has('B')], options).then((all) => (isOver = all));
    seen.add(update('B'));
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    seen.add(update('A'));
    await waiting;
    expect(isOver).toBe(true);
  });

  test('gives up when the time is up', async () => {
    await expect(makeSeenUpdates().waitForAll([has('A')], { ...options, timeoutMs: 20 })).resolves.toBe(
      false,
    );
  });

  test('rejects when it is told to stop', async () => {
    const stop = new AbortController();
    const waiting = makeSeenUpdates().waitForAll([has('A')], { ...options, signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  test('remembers the newest five hundred', () => {
    const seen = makeSeenUpdates();
    seen.add(update('FIRST'));
    for (let count = 0; count < 500; count++) seen.add(update('LATER'));
    expect(seen.find(has('FIRST'))).toBeUndefined();
  });
});
