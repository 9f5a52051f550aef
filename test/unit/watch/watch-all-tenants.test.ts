import type { Round, RoundPlace } from '../../../src/domain/round-place';
import { makeAllTenants, type AllTenants, type ToldChange } from '../../../src/watch/watch-all-tenants';
import { waitUntil } from '../../support/wait-until';
import { makeChange } from '../made-up-tenant';

/** What is committed, and the rounds made of it. */
function makeMadeUpRounds() {
  const committed: ToldChange[] = [];
  const rounds: ToldChange[][] = [[]];
  const roundAt = (number: number): Round => ({ number, atMs: number * 1000 });
  const listening: boolean[] = [];
  const made = {
    ...{ committed, listening, reads: 0, errors: [] as unknown[] },
    all: makeAllTenants({
      gather() {
        const news = committed.splice(0).map((change) => ({ ...change, round: roundAt(rounds.length) }));
        if (news.length > 0) rounds.push(news);
        return Promise.resolve(roundAt(rounds.length - 1));
      },
      /** Three at a time. */
      read({ round, within }: RoundPlace, upTo) {
        made.reads++;
        const after = rounds
          .slice(round.number, upTo.number + 1)
          .flat()
          .filter(
            (change) => change.round?.number !== round.number || change.seq > (within?.seq ?? Infinity),
          );
        const changes = after.slice(0, 3);
        const last = changes.at(-1);
        if (!last || changes.length === after.length)
          return Promise.resolve({ changes, reached: { round: upTo } });
        const reached = { round: last.round ?? upTo, within: { tenantId: last.tenantId, seq: last.seq } };
        return Promise.resolve({ changes, reached });
      },
      listen: (on) => void listening.push(on),
      onError: (error) => void made.errors.push(error),
    }),
  };
  return made;
}

function gatherSeqs(all: AllTenants, request: Omit<Parameters<AllTenants['watch']>[0], 'signal'>) {
  const gone = new AbortController();
  const seqs: number[] = [];
  const ended = (async () => {
    for await (const changes of all.watch({ ...request, signal: gone.signal }))
      seqs.push(...changes.map(({ seq }) => seq));
  })();
  const end = async (): Promise<void> => {
    gone.abort();
    await ended;
  };
  return { seqs, end };
}

describe('an operator’s view over all tenants', () => {
  it('listens from the first watcher to the last', async () => {
    const { all, listening } = makeMadeUpRounds();
    const watchers = [gatherSeqs(all, { filter: {} }), gatherSeqs(all, { filter: {} })];
    expect(listening).toEqual([true]);
    await Promise.all(watchers.map(({ end }) => end()));
    expect(listening).toEqual([true, false]);
  });

  it('shows from now on what passes the filter, soon after a message hints at it', async () => {
    const { all, committed } = makeMadeUpRounds();
    committed.push(makeChange(1, { status: 'DEAD_LETTERED' }));
    const { seqs, end } = gatherSeqs(all, { filter: { status: ['DEAD_LETTERED'] } });
    // It is known where "now" is before anything else is committed.
    await new Promise((resolve) => setImmediate(resolve));
    const news = [2, 3, 4].map((seq) =>
      makeChange(seq, { status: seq === 3 ? 'DELIVERED' : 'DEAD_LETTERED' }),
    );
    committed.push(...news);
    for (const change of news) all.heard(change);
    await waitUntil(() => seqs.length === 2);
    expect(seqs).toEqual([2, 4]);
    await end();
  });

  it('finds by looking what no message told of', async () => {
    const { all, committed } = makeMadeUpRounds();
    const { seqs, end } = gatherSeqs(all, { filter: {} });
    await new Promise((resolve) => setImmediate(resolve));
    committed.push(makeChange(1));
    await all.checkAll();
    await waitUntil(() => seqs.length === 1);
    await end();
  });

  it('goes on within a round, page by page to its end, and reads each page once for all who are there', async () => {
    const made = makeMadeUpRounds();
    made.committed.push(...[1, 2, 3, 4, 5, 6, 7, 8].map((seq) => makeChange(seq)));
    await made.all.newest();
    const after = { round: { number: 1, atMs: 1000 }, within: { tenantId: makeChange(1).tenantId, seq: 2 } };
    const watchers = [
      gatherSeqs(made.all, { filter: {}, after }),
      gatherSeqs(made.all, { filter: {}, after }),
    ];
    await made.all.checkAll();
    await waitUntil(() => watchers.every(({ seqs }) => seqs.length === 6));
    for (const { seqs } of watchers) expect(seqs).toEqual([3, 4, 5, 6, 7, 8]);
    expect(made.reads).toBe(2);
    await Promise.all(watchers.map(({ end }) => end()));
  });
});
