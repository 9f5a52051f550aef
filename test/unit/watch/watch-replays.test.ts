import { newId } from '../../../src/domain/ids';
import type { Replay } from '../../../src/domain/replay';
import { makeReplayWatching } from '../../../src/watch/watch-replays';
import { waitUntil } from '../../support/wait-until';

const makeReplay = (): Replay => ({
  ...{ id: newId('replay'), tenantId: newId('tenant'), status: 'RUNNING', selection: {}, backfills: false },
  ...{
    total: 10,
    done: 0,
    skipped: 0,
    error: null,
    requestedBy: null,
    createdAt: new Date(),
    finishedAt: null,
  },
});

function underTest(...replays: Replay[]) {
  const looks: string[][] = [];
  const watching = makeReplayWatching({
    pauseMs: 5,
    byIds(ids) {
      looks.push([...ids]);
      return Promise.resolve(replays.filter(({ id }) => ids.includes(id)).map((replay) => ({ ...replay })));
    },
  });
  const gather = (id: string, signal = new AbortController().signal) => {
    const seen: Replay[] = [];
    const ended = (async () => {
      for await (const replays of watching.watch(id, signal)) seen.push(...replays);
    })();
    return { seen, ended };
  };
  return { looks, gather };
}

describe('a watch of a replay', () => {
  it('tells how it is, then each step once, and ends with it', async () => {
    const replay = makeReplay();
    const { looks, gather } = underTest(replay);
    const { seen, ended } = gather(replay.id);
    await waitUntil(() => looks.length > 3);
    replay.done = 4;
    await waitUntil(() => seen.length === 2);
    Object.assign(replay, { done: 10, status: 'COMPLETED' });
    await ended;
    expect(seen.map(({ done, status }) => [done, status])).toEqual([
      [0, 'RUNNING'],
      [4, 'RUNNING'],
      [10, 'COMPLETED'],
    ]);
  });

  it('of one that has ended tells that, and ends', async () => {
    const replay: Replay = { ...makeReplay(), status: 'CANCELLED' };
    const { seen, ended } = underTest(replay).gather(replay.id);
    await ended;
    expect(seen).toEqual([replay]);
  });

  it('costs one look for all that are watched', async () => {
    const [one, two] = [makeReplay(), makeReplay()];
    const { looks, gather } = underTest(one, two);
    const watches = [gather(one.id), gather(one.id), gather(two.id)];
    await waitUntil(() => looks.length > 6);
    expect(looks.slice(4).every((ids) => ids.length === 2)).toBe(true);
    for (const replay of [one, two]) replay.status = 'CANCELLED';
    await Promise.all(watches.map(({ ended }) => ended));
  });

  it('ends when nobody listens any more, and looks no more', async () => {
    const replay = makeReplay();
    const { looks, gather } = underTest(replay);
    const controller = new AbortController();
    const { ended } = gather(replay.id, controller.signal);
    await waitUntil(() => looks.length > 2);
    controller.abort();
    await ended;
    const other = underTest(makeReplay());
    const before = looks.length;
    const still = other.gather('rpl_none');
    await still.ended;
    expect(looks.length).toBe(before);
  });
});
