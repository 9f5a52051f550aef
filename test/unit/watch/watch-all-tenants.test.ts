import type { DeliveryChange } from '../../../src/messages/delivery-change';
import { makeAllTenants } from '../../../src/watch/watch-all-tenants';
import { waitUntil } from '../../support/wait-until';
import { makeChange } from '../made-up-tenant';

describe('an operator’s view over all tenants', () => {
  it('listens from the first watcher to the last', async () => {
    const listening: boolean[] = [];
    const all = makeAllTenants((on) => void listening.push(on));
    const gone = new AbortController();
    const watchers = [all.watch({}, gone.signal), all.watch({}, gone.signal)];
    const waiting = watchers.map((watcher) => watcher.next());
    expect(listening).toEqual([true]);
    gone.abort();
    expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([true, true]);
    expect(listening).toEqual([true, false]);
  });

  it('shows each watcher what passes its filter, in the order it came', async () => {
    const all = makeAllTenants(() => undefined);
    const gone = new AbortController();
    const seen: DeliveryChange[] = [];
    const ended = (async () => {
      for await (const changes of all.watch({ status: ['DEAD_LETTERED'] }, gone.signal))
        seen.push(...changes);
    })();
    for (const [seq, status] of [
      [1, 'DELIVERED'],
      [2, 'DEAD_LETTERED'],
      [3, 'DEAD_LETTERED'],
    ] as const) {
      all.heard(makeChange(seq, { status }));
    }
    await waitUntil(() => seen.length === 2);
    all.heard(makeChange(4, { status: 'DEAD_LETTERED' }));
    await waitUntil(() => seen.length === 3);
    expect(seen.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    gone.abort();
    await ended;
  });

  it('drops the oldest when a watcher is slow: it is a glance, the log has everything', async () => {
    const all = makeAllTenants(() => undefined);
    const gone = new AbortController();
    const watcher = all.watch({}, gone.signal);
    const first = watcher.next();
    for (let seq = 1; seq <= 6000; seq++) all.heard(makeChange(seq));
    expect((await first).value?.[0]).toMatchObject({ seq: 1001 });
    gone.abort();
    expect((await watcher.next()).done).toBe(true);
  });
});
