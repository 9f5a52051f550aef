import { overflows, roomBesideWhatComes, roomFor, type WindowUse } from '../../../src/gate/window/fair-share';
import { makeHandfuls, type Room } from '../../../src/gate/pace/handfuls';
import { readyHeads } from '../../../src/gate/pace/lanes';
import { makeRamp } from '../../../src/gate/pace/ramp';
import { timesPrefetch, windowNow } from '../../../src/flow';
import {
  MOST_OPEN_AS_IT_COMES,
  NotStarted,
  makeOpenRequests,
  type OpenRequests,
} from '../../../src/gate/window/open-requests';
import { makeWindowCounter, mostAsItComes } from '../../../src/gate/window/window-use';

const use = (changes: Partial<WindowUse> = {}): WindowUse => ({
  window: 100,
  mostComing: MOST_OPEN_AS_IT_COMES,
  inFlight: 100,
  endpoints: 4,
  ofEndpoint: { inFlight: 25, released: 0, isSlow: () => true },
  ...changes,
});

describe('the share of a window', () => {
  it('holds only what is slow and above its share, in a full window', () => {
    expect(overflows(use())).toBe(true);
    expect(overflows(use({ inFlight: 99 }))).toBe(false);
    expect(overflows(use({ endpoints: 1 }))).toBe(false);
    expect(
      overflows(use({ endpoints: 1, ofEndpoint: { inFlight: 100, released: 0, isSlow: () => true } })),
    ).toBe(true);
    expect(overflows(use({ ofEndpoint: { inFlight: 25, released: 0, isSlow: () => false } }))).toBe(false);
    expect(overflows(use({ ofEndpoint: { inFlight: 24, released: 0, isSlow: () => true } }))).toBe(false);
  });

  it('holds what could only wait for the requests that are open to a slow endpoint, also where nobody else is sent to', () => {
    const hanging = { inFlight: MOST_OPEN_AS_IT_COMES + 10, released: 10, isSlow: () => true };
    const roomy = { window: 4000, inFlight: 500, endpoints: 2 };
    expect(overflows(use({ ...roomy, ofEndpoint: hanging }))).toBe(true);
    expect(overflows(use({ ...roomy, ofEndpoint: { ...hanging, released: 11 } }))).toBe(false);
    expect(overflows(use({ ...roomy, ofEndpoint: { ...hanging, isSlow: () => false } }))).toBe(false);
    expect(overflows(use({ ...roomy, endpoints: 1, ofEndpoint: hanging }))).toBe(true);
  });

  it('holds what would fill the part of the window that one shard has', () => {
    expect([1000, 250, 15, 1].map(mostAsItComes)).toEqual([384, 200, 12, 1]);
    const requests = { count: () => 0, isSlow: () => true };
    const windows = makeWindowCounter(() => 1000, requests, mostAsItComes(250));
    windows.enter('other', false);
    windows.enter('a', true);
    for (let n = 0; n < 200; n++) windows.enter('a', false);
    expect([overflows(windows.use('a', 1)), overflows(windows.use('a'))]).toEqual([false, true]);
  });

  it('leaves a gate what is free, and its share even when nothing is', () => {
    expect(
      roomFor(use({ inFlight: 70, ofEndpoint: { inFlight: 0, released: 0, isSlow: () => false } })),
    ).toBe(30);
    expect(roomFor(use({ ofEndpoint: { inFlight: 5, released: 0, isSlow: () => false } }))).toBe(20);
    expect(roomFor(use())).toBe(0);
  });

  it('leaves a gate all that nothing comes for, a few at least, and a few for what comes next', () => {
    const room = (coming: number, released: number): number =>
      roomBesideWhatComes(use({ ofEndpoint: { inFlight: coming + released, released, isSlow: () => true } }));
    expect([0, 1, 100, 367, 368, 384, 1000].map((coming) => room(coming, 0))).toEqual([
      ...[400, 383, 284, 17, 16, 16, 16],
    ]);
    expect([room(0, 400), room(1, 384), room(384, 16)]).toEqual([0, -1, 0]);
  });
});

describe('a window', () => {
  it('knows who has what under way, who is slow, and who was sent to lately', () => {
    let now = 0;
    const requests = { count: () => 3, isSlow: (endpointId: string) => endpointId === 'a' };
    const windows = makeWindowCounter(
      (open) => 7 + open,
      requests,
      4,
      () => now,
    );
    const leave = [windows.enter('a', true), windows.enter('a', false), windows.enter('b', false)];
    now = 1500;
    windows.enter('a', false);
    const { ofEndpoint, ...all } = windows.use('a', 1);
    expect(all).toEqual({ window: 8, mostComing: 4, inFlight: 3, endpoints: 2 });
    expect([ofEndpoint.inFlight, ofEndpoint.released, ofEndpoint.isSlow()]).toEqual([2, 1, true]);
    expect(windows.use('b').ofEndpoint.isSlow()).toBe(false);
    expect([windows.hasRoom(6), windows.hasRoom(7)]).toEqual([true, false]);
    for (const end of leave) end();
    expect(windows.use('a').ofEndpoint.released).toBe(0);
    expect([windows.inFlight(), windows.inFlightOf('a'), windows.inFlightOf('b')]).toEqual([1, 1, 0]);
    expect([windows.hasOthers('a'), windows.hasOthers('c')]).toEqual([true, true]);
    now = 10_500;
    expect(windows.use('a').endpoints).toBe(1);
    expect([windows.hasOthers('a'), windows.hasOthers('c')]).toEqual([false, true]);
  });
});

/** Begins one and sends it. */
function send(requests: OpenRequests, endpointId: string, isReleased = false): number {
  const request = requests.begin(endpointId, isReleased) as number;
  requests.sent(endpointId, request);
  return request;
}

describe('an endpoint whose requests all timed out at once', () => {
  it('is slow until one of them goes well again, or nothing was sent for a while', () => {
    let now = 0;
    const requests = makeOpenRequests({ most: 10, asItComes: 10 }, () => now);
    const begin = (): number => send(requests, 'hangs');
    const both = [begin(), begin()];
    now = 1001;
    expect(requests.isSlow('hangs')).toBe(true);
    now = 5000;
    for (const request of both) requests.end('hangs', request);
    begin();
    const well = begin();
    requests.end('hangs', requests.begin('hangs', false) as number);
    expect(requests.isSlow('hangs')).toBe(true);
    expect(requests.isSlow('other')).toBe(false);
    now = 5100;
    requests.end('hangs', well);
    expect(requests.isSlow('hangs')).toBe(false);
    const late = begin();
    now = 7000;
    requests.end('hangs', late);
    expect(requests.isSlow('hangs')).toBe(true);
    now = 17_001;
    begin();
    begin();
    begin();
    expect(requests.isSlow('hangs')).toBe(false);
  });
});

describe('requests that are open', () => {
  it('are so many to one endpoint at once; the others wait in the order in which they came', async () => {
    const requests = makeOpenRequests({ most: 2, asItComes: 2 });
    const first = send(requests, 'a');
    const second = send(requests, 'a');
    const begun: string[] = [];
    const third = Promise.resolve(requests.begin('a', false)).then(
      (request) => (begun.push('third'), request),
    );
    const fourth = Promise.resolve(requests.begin('a', false)).then(() => begun.push('fourth'));
    expect(typeof requests.begin('b', false)).toBe('number');
    expect(['a', 'b', 'c'].map((endpointId) => requests.countOf(endpointId))).toEqual([2, 1, 0]);
    expect(requests.count()).toBe(2);
    requests.end('a', first);
    requests.end('a', await third);
    await fourth;
    expect(begun).toEqual(['third', 'fourth']);
    expect([requests.count(), requests.countOf('a')]).toEqual([1, 2]);
    // Ended already: nothing is counted twice.
    requests.end('a', first);
    requests.end('a', second);
    expect([requests.count(), requests.countOf('a')]).toEqual([0, 1]);
  });

  it('are so many, what the gate lets go among them, and few are kept for that, which goes first', async () => {
    const requests = makeOpenRequests({ most: 3, asItComes: 2 });
    const begun: string[] = [];
    const begin = async (name: string, isReleased: boolean): Promise<number> => {
      const request = await requests.begin('a', isReleased);
      begun.push(name);
      return request;
    };
    const coming = [await begin('first', false), await begin('second', false)];
    const third = begin('third', false);
    const released = [await begin('let go', true)];
    void begin('let go later', true);
    await Promise.resolve();
    expect(begun).toEqual(['first', 'second', 'let go']);
    for (const request of [...released, ...coming]) requests.end('a', request);
    await third;
    expect(begun).toEqual(['first', 'second', 'let go', 'let go later', 'third']);
    expect(requests.countOf('a')).toBe(2);
  });

  it('are given to what comes before the gate can take them, where the gate had them all', async () => {
    const requests = makeOpenRequests({ most: 3, asItComes: 2 });
    const released = [1, 2, 3].map(() => requests.begin('a', true) as number);
    const coming = requests.begin('a', false);
    requests.end('a', released[0] ?? 0);
    await coming;
    expect([requests.countOf('a'), typeof requests.begin('a', true)]).toEqual([3, 'object']);
  });

  it('are not waited for any more by who makes none after all, which makes no endpoint look quick', async () => {
    let now = 0;
    const requests = makeOpenRequests({ most: 2, asItComes: 2 }, () => now);
    let isHeld = false;
    for (let n = 0; n < 2; n++) send(requests, 'a');
    const waiting = [1, 2, 3, 4].map((n) => requests.begin('a', false, () => isHeld && n !== 2));
    requests.lookAgain();
    expect(requests.countOf('a')).toBe(2);
    now = 1001;
    isHeld = true;
    requests.lookAgain();
    await Promise.all([waiting[0], waiting[2], waiting[3]]);
    expect([requests.countOf('a'), requests.isSlow('a')]).toEqual([5, true]);
  });

  it('count from when they are sent: what waits for the database first says nothing of the receiver', () => {
    let now = 0;
    const requests = makeOpenRequests({ most: 10, asItComes: 10 }, () => now);
    const looking = [1, 2].map(() => requests.begin('a', false) as number);
    now = 5000;
    expect([requests.count(), requests.countOf('a'), requests.isSlow('a')]).toEqual([0, 2, false]);
    for (const request of looking) {
      requests.sent('a', request);
      // Counted once, whatever is said twice.
      requests.sent('a', request);
    }
    expect(requests.count()).toBe(2);
    for (const request of looking) requests.end('a', request);
    expect([requests.count(), requests.countOf('a'), requests.isSlow('a')]).toEqual([0, 0, false]);
  });

  it('are not waited for by who makes none', () => {
    const requests = makeOpenRequests({ most: 1, asItComes: 1 });
    const first = requests.begin('a', false, () => false) as number;
    const second = requests.begin('a', false, () => true) as number;
    expect([typeof first, typeof second, requests.countOf('a')]).toEqual(['number', 'number', 2]);
    for (const request of [first, second]) requests.end('a', request);
    expect(requests.countOf('a')).toBe(0);
  });
});

describe('requests that wait for what comes again', () => {
  it('are given back, but for what the gate has let go; what comes later waits as ever', async () => {
    const requests = makeOpenRequests({ most: 1, asItComes: 1 });
    const first = requests.begin('a', false) as number;
    const waiting = requests.begin('a', false);
    const released = requests.begin('a', true);
    requests.giveBack();
    await expect(waiting).rejects.toThrow(NotStarted);
    const later = requests.begin('a', false);
    expect(requests.countOf('a')).toBe(1);
    requests.end('a', first);
    requests.end('a', await released);
    requests.end('a', await later);
    expect(requests.countOf('a')).toBe(0);
  });
});

describe('requests that wait when the process stops', () => {
  it('are given back, as are those that come, while what is open goes on', async () => {
    const requests = makeOpenRequests({ most: 1, asItComes: 1 });
    const first = requests.begin('a', false) as number;
    const waiting = requests.begin('a', false);
    const released = requests.begin('a', true);
    requests.stopWaiting();
    await expect(waiting).rejects.toThrow(NotStarted);
    await expect(requests.begin('a', false)).rejects.toThrow(NotStarted);
    requests.end('a', requests.begin('a', true) as number);
    // Nobody else would take it over before this process is gone.
    requests.end('a', await released);
    expect(requests.countOf('a')).toBe(1);
    requests.end('a', first);
    expect(requests.countOf('a')).toBe(0);
    expect(typeof requests.begin('a', false)).toBe('number');
  });
});

describe('a window that grows', () => {
  it('has places for whatever is under way, and beyond them only for requests that wait for an answer', () => {
    expect([0, 10, 4000].map((open) => windowNow(400, open))).toEqual([400, 400, 400]);
    expect([0, 10, 2999, 4000].map((open) => windowNow(4000, open))).toEqual([1000, 1010, 3999, 4000]);
  });

  it('takes more off the queue when most of what it has only waits, up to the window, and less again later', () => {
    let times = 1;
    const at = (open: number): number => (times = timesPrefetch(4000, open, times));
    expect([750, 751, 1500, 1501, 4000, 4000, 4000].map(at)).toEqual([1, 2, 2, 3, 4, 4, 4]);
    expect([1500, 1499, 1000, 999, 500, 499, 0].map(at)).toEqual([4, 3, 3, 2, 2, 1, 1]);
    expect([400, 4000].map((open) => timesPrefetch(400, open, 1))).toEqual([1, 1]);
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
