import { overflows, roomFor, type WindowUse } from '../../../src/gate/window/fair-share';
import { makeHandfuls, type Room } from '../../../src/gate/pace/handfuls';
import { readyHeads } from '../../../src/gate/pace/lanes';
import { makeRamp } from '../../../src/gate/pace/ramp';
import { makeWindowCounter } from '../../../src/gate/window/window-use';

const use = (changes: Partial<WindowUse> = {}): WindowUse => ({
  window: 100,
  inFlight: 100,
  endpoints: 4,
  ofEndpoint: { inFlight: 25, isSlow: () => true },
  ...changes,
});

describe('the share of a window', () => {
  it('holds only what is slow and above its share, in a full window that others use too', () => {
    expect(overflows(use())).toBe(true);
    expect(overflows(use({ inFlight: 99 }))).toBe(false);
    expect(overflows(use({ endpoints: 1 }))).toBe(false);
    expect(overflows(use({ ofEndpoint: { inFlight: 25, isSlow: () => false } }))).toBe(false);
    expect(overflows(use({ ofEndpoint: { inFlight: 24, isSlow: () => true } }))).toBe(false);
  });

  it('leaves a gate what is free, and its share even when nothing is', () => {
    expect(roomFor(use({ inFlight: 70, ofEndpoint: { inFlight: 0, isSlow: () => false } }))).toBe(30);
    expect(roomFor(use({ ofEndpoint: { inFlight: 5, isSlow: () => false } }))).toBe(20);
    expect(roomFor(use())).toBe(0);
  });
});

describe('a window', () => {
  it('knows who has what under way, who is slow, and who was sent to lately', () => {
    let now = 0;
    const windows = makeWindowCounter(10, () => now);
    const leave = [windows.enter('a'), windows.enter('a'), windows.enter('b')];
    now = 1500;
    windows.enter('a');
    const { ofEndpoint, ...all } = windows.use('a', 1);
    expect(all).toEqual({ window: 8, inFlight: 3, endpoints: 2 });
    expect([ofEndpoint.inFlight, ofEndpoint.isSlow()]).toEqual([2, true]);
    for (const end of leave) end();
    expect([windows.inFlight(), windows.inFlightOf('a'), windows.inFlightOf('b')]).toEqual([1, 1, 0]);
    expect([windows.hasOthers('a'), windows.hasOthers('c')]).toEqual([true, true]);
    now = 10_500;
    expect(windows.use('a').endpoints).toBe(1);
    expect([windows.hasOthers('a'), windows.hasOthers('c')]).toEqual([false, true]);
  });
});

describe('an endpoint whose requests all timed out at once', () => {
  it('is slow until one of them goes well again, or nothing was sent for a while', () => {
    let now = 0;
    const windows = makeWindowCounter(10, () => now);
    const leave = [windows.enter('hangs'), windows.enter('hangs')];
    now = 5000;
    for (const end of leave) end();
    windows.enter('hangs');
    const well = windows.enter('hangs');
    expect(windows.use('hangs').ofEndpoint.inFlight).toBe(2);
    expect(windows.use('hangs').ofEndpoint.isSlow()).toBe(true);
    expect(windows.use('other').ofEndpoint.isSlow()).toBe(false);
    now = 5100;
    well();
    expect(windows.use('hangs').ofEndpoint.isSlow()).toBe(false);
    const late = windows.enter('hangs');
    now = 7000;
    late();
    now = 20_000;
    windows.enter('other');
    expect(windows.use('other').endpoints).toBe(1);
    windows.enter('hangs');
    windows.enter('hangs');
    expect(windows.use('hangs').ofEndpoint.isSlow()).toBe(false);
  });
});

describe('the handfuls of a drain', () => {
  let now = 1000;
  const room: Room = { free: 400, limit: 400, hasOthers: true, unrecorded: 0, isFewEnough: false };
  const taking = (found: number, ms: number) => () => {
    now += ms;
    return Promise.resolve(found);
  };

  it('are small and followed by a rest beside others, and neither alone', async () => {
    const handfuls = makeHandfuls(() => now);
    const size = (changes: Partial<Room>): number => handfuls.next({ ...room, ...changes }).size;
    expect([15, 16, 400].map((free) => size({ free }))).toEqual([0, 16, 32]);
    expect([99, 100, 400].map((free) => size({ free, hasOthers: false }))).toEqual([0, 100, 100]);
    expect([1, 2].map((free) => size({ free, limit: 8 }))).toEqual([0, 2]);
    expect(size({ free: 1, isFewEnough: true })).toBe(1);
    await handfuls.take(taking(32, 10));
    expect(handfuls.next(room)).toEqual({ size: 0, againMs: 30 });
    expect(size({ hasOthers: false })).toBe(100);
    now += 30;
    expect(size({})).toBe(32);
    await handfuls.take(taking(32, 5000));
    expect(handfuls.next(room).againMs).toBe(100);
  });

  it('are few while the recorder is behind, unless nobody else is there', () => {
    const handfuls = makeHandfuls(() => now);
    const sizes = (hasOthers: boolean): number[] =>
      [0, 10, 24, 500].map((unrecorded) => handfuls.next({ ...room, hasOthers, unrecorded }).size);
    expect(sizes(true)).toEqual([32, 22, 0, 0]);
    expect(sizes(false)).toEqual([100, 100, 100, 100]);
  });

  it('let go at once as many as come, however long the backlog is and whoever else is there', async () => {
    const handfuls = makeHandfuls(() => now);
    await handfuls.take(taking(32, 10));
    handfuls.arrived(3);
    handfuls.arrived(40);
    expect(handfuls.next({ ...room, unrecorded: 500 })).toEqual({ size: 43 });
    await handfuls.take(taking(40, 10));
    expect(handfuls.next(room).size).toBe(3);
    await handfuls.take(taking(3, 10));
    expect(handfuls.next(room)).toEqual({ size: 0, againMs: 10 });
    handfuls.arrived(100_000);
    for (const size of [100, 100, 0]) {
      expect(handfuls.next(room).size).toBe(size);
      await handfuls.take(taking(size, 1));
    }
  });
});

describe('a ramp', () => {
  it('doubles with each round that goes well and halves with a failure, within its bounds', () => {
    const ramp = makeRamp(2, 10);
    const limits = [ramp.limit()];
    for (let round = 0; round < 3; round++) {
      for (let left = ramp.limit(); left > 0; left--) ramp.succeeded();
      limits.push(ramp.limit());
    }
    expect(limits).toEqual([2, 4, 8, 10]);
    ramp.failed();
    expect(ramp.limit()).toBe(5);
    for (let n = 0; n < 9; n++) ramp.failed();
    expect(ramp.limit()).toBe(1);
    ramp.restart(8);
    expect(ramp.limit()).toBe(8);
    for (let n = 0; n < 9; n++) ramp.failed();
    expect(ramp.limit()).toBe(2);
  });
});

describe('the heads of lanes', () => {
  const head = (lane: string, position: number, released = false) => ({
    ...{ lane, position, released, isUndecided: false },
    deliveryId: `${lane}${position}`,
  });

  it('go oldest first, none whose lane is busy here or elsewhere, and no more than there is room for', () => {
    const heads = [head('a', 7), head('b', 3), head('c', 1, true), head('d', 2), head('e', 5)];
    const positions = (busy: string[], room: number): number[] =>
      readyHeads(heads, new Set(busy), room).map(({ position }) => position);
    expect(positions([], 9)).toEqual([2, 3, 5, 7]);
    expect(positions(['d'], 2)).toEqual([3, 5]);
    expect(positions([], 0)).toEqual([]);
  });
});
