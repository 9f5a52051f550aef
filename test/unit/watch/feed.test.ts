import { makeFeed, type Feed } from '../../../src/watch/feed';
import { waitUntil } from '../../support/wait-until';

interface Reader {
  seen: number[];
  pieces: number[];
  fellBehind: boolean;
  ended: Promise<void>;
}

function read(feed: Feed<number>, passes: (item: number) => boolean, signal: AbortSignal): Reader {
  const reader: Reader = { seen: [], pieces: [], fellBehind: false, ended: Promise.resolve() };
  reader.ended = (async () => {
    for await (const items of feed.watch(passes, signal)) {
      if (items === 'fell-behind') reader.fellBehind = true;
      else {
        reader.seen.push(...items);
        reader.pieces.push(items.length);
      }
    }
  })();
  return reader;
}
const all = (): boolean => true;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a feed', () => {
  it('tells each reader what passes, in order, from now on', async () => {
    const feed = makeFeed<number>(() => undefined);
    const gone = new AbortController();
    feed.push([0]);
    const everything = read(feed, all, gone.signal);
    const even = read(feed, (item) => item % 2 === 0, gone.signal);
    feed.push([1, 2]);
    feed.push([3, 4]);
    await waitUntil(() => everything.seen.length === 4 && even.seen.length === 2);
    feed.push([5, 6]);
    await waitUntil(() => everything.seen.length === 6 && even.seen.length === 3);
    expect([everything.seen, even.seen]).toEqual([
      [1, 2, 3, 4, 5, 6],
      [2, 4, 6],
    ]);
    gone.abort();
    await Promise.all([everything.ended, even.ended]);
  });

  it('hands over at most a hundred at once', async () => {
    const feed = makeFeed<number>(() => undefined);
    const gone = new AbortController();
    const reader = read(feed, all, gone.signal);
    feed.push(numbers(250));
    await waitUntil(() => reader.seen.length === 250);
    expect(reader.pieces).toEqual([100, 100, 50]);
    expect(reader.seen).toEqual(numbers(250));
    gone.abort();
    await reader.ended;
  });

  it('keeps five thousand for a reader who is slow', async () => {
    const feed = makeFeed<number>(() => undefined);
    const gone = new AbortController();
    const reader = read(feed, all, gone.signal);
    for (const item of numbers(5000)) feed.push([item]);
    await waitUntil(() => reader.seen.length === 5000);
    expect(reader.fellBehind).toBe(false);
    gone.abort();
    await reader.ended;
  });

  it('ends for one who lets more wait, and says so; the others go on', async () => {
    const feed = makeFeed<number>(() => undefined);
    const gone = new AbortController();
    const slow = read(feed, all, gone.signal);
    const choosy = read(feed, (item) => item === 5000, gone.signal);
    feed.push(numbers(5001));
    await slow.ended;
    expect([slow.fellBehind, slow.seen]).toEqual([true, []]);
    await waitUntil(() => choosy.seen.length === 1);
    expect(feed.watchers()).toBe(1);
    gone.abort();
    await choosy.ended;
    expect(choosy.fellBehind).toBe(false);
  });

  it('ends with its reader, and says when the last has gone', async () => {
    let emptied = 0;
    const feed = makeFeed<number>(() => emptied++);
    const [first, second] = [new AbortController(), new AbortController()];
    const readers = [read(feed, all, first.signal), read(feed, all, second.signal)];
    expect(feed.watchers()).toBe(2);
    first.abort();
    await readers[0]?.ended;
    expect([feed.watchers(), emptied]).toEqual([1, 0]);
    second.abort();
    await readers[1]?.ended;
    expect([feed.watchers(), emptied]).toEqual([0, 1]);
  });

  it('forgets a reader who leaves in the middle of it', async () => {
    let emptied = 0;
    const feed = makeFeed<number>(() => emptied++);
    const stream = feed.watch(all, new AbortController().signal);
    const first = stream.next();
    feed.push([1]);
    expect(await first).toEqual({ done: false, value: [1] });
    await stream.return();
    expect([feed.watchers(), emptied]).toEqual([0, 1]);
  });
});
