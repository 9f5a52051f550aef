import { newId } from '../../../src/domain/ids';
import type { EventHead } from '../../../src/domain/settings';
import { makeEventStreams, type EventStreams, type EventWatchDeps } from '../../../src/watch/watch-events';
import { waitUntil } from '../../support/wait-until';
import { TENANT, makeChange } from '../made-up-tenant';

/** The tenant's events in memory, and what was asked for them. */
function makeEvents(overrides: Partial<EventWatchDeps> = {}) {
  const types = new Map<string, string>();
  const bound = new Set<string>();
  const reads: string[][] = [];
  const errors: unknown[] = [];
  const deps: EventWatchDeps = {
    slugOf: (tenantId) => Promise.resolve(tenantId === TENANT ? 'acme' : undefined),
    idsSince: () => Promise.resolve([...types.keys()].sort()),
    readEvents(_tenantId, ids) {
      reads.push([...ids]);
      return Promise.resolve(ids.map((id) => ({ id, type: types.get(id) }) as EventHead));
    },
    bind: (key) => void bound.add(key),
    unbind: (key) => void bound.delete(key),
    onError: (error) => void errors.push(error),
    ...overrides,
  };
  const commit = (type = 'order.placed'): string => {
    const id = newId('event');
    types.set(id, type);
    return id;
  };
  const hint = (eventId: string, attempt = 0) => makeChange(1, { eventId, attempt, status: 'PENDING' });
  return { bound, reads, errors, commit, hint, deps, streams: makeEventStreams(deps) };
}

function watch(streams: EventStreams, types?: string[], signal = new AbortController()) {
  const seen: EventHead[] = [];
  const watcher = { seen, fellBehind: false, stop: () => signal.abort(), ended: Promise.resolve() };
  const request = { tenantId: TENANT, signal: signal.signal, ...(types ? { types } : {}) };
  watcher.ended = (async () => {
    for await (const events of streams.watch(request)) {
      if (events === 'fell-behind') watcher.fellBehind = true;
      else seen.push(...events);
    }
  })();
  return watcher;
}

describe('watching events', () => {
  it('tells of an event by the status message of its delivery, without a look', async () => {
    const events = makeEvents();
    const watcher = watch(events.streams);
    await waitUntil(() => events.bound.size === 2);
    expect([...events.bound]).toEqual(['acme.*.PENDING', 'acme.*.HELD']);
    const id = events.commit();
    events.streams.heard(events.hint(id));
    await waitUntil(() => watcher.seen.length === 1);
    expect(watcher.seen[0]?.id).toBe(id);
    watcher.stop();
    await watcher.ended;
    expect(events.bound.size).toBe(0);
  });

  it('finds those that nobody gets by looking, and tells each once', async () => {
    const events = makeEvents();
    const watcher = watch(events.streams);
    await waitUntil(() => events.bound.size === 2);
    const [hinted, alone] = [events.commit(), events.commit()];
    events.streams.heard(events.hint(hinted));
    events.streams.heard(events.hint(hinted));
    await waitUntil(() => watcher.seen.length === 1);
    await events.streams.checkAll();
    await events.streams.checkAll();
    events.streams.heard(events.hint(alone));
    await waitUntil(() => watcher.seen.length === 2);
    expect(watcher.seen.map(({ id }) => id)).toEqual([hinted, alone]);
    expect(events.reads).toEqual([[hinted], [alone]]);
    watcher.stop();
    await watcher.ended;
  });

  it('tells nothing of what was there before', async () => {
    const events = makeEvents();
    const before = events.commit();
    const watcher = watch(events.streams);
    await waitUntil(() => events.bound.size === 2);
    events.streams.heard(events.hint(before));
    await events.streams.checkAll();
    const after = events.commit();
    await events.streams.checkAll();
    await waitUntil(() => watcher.seen.length === 1);
    expect(watcher.seen[0]?.id).toBe(after);
    watcher.stop();
    await watcher.ended;
  });

  it('takes a later attempt for no new event', async () => {
    const events = makeEvents();
    const watcher = watch(events.streams);
    await waitUntil(() => events.bound.size === 2);
    const [retried, fresh] = [events.commit(), events.commit()];
    events.streams.heard(events.hint(retried, 1));
    events.streams.heard(events.hint(fresh));
    await waitUntil(() => watcher.seen.length === 1);
    expect(watcher.seen[0]?.id).toBe(fresh);
    watcher.stop();
    await watcher.ended;
  });

  it('gathers hints, and reads their events together', async () => {
    const events = makeEvents();
    const watcher = watch(events.streams);
    await waitUntil(() => events.bound.size === 2);
    const ids = Array.from({ length: 5 }, () => events.commit());
    for (const id of ids) events.streams.heard(events.hint(id));
    await waitUntil(() => watcher.seen.length === 5);
    expect(events.reads).toEqual([[...ids].sort()]);
    watcher.stop();
    await watcher.ended;
  });

  it('tells one who asks for types only of those, by name or pattern', async () => {
    const events = makeEvents();
    const watcher = watch(events.streams, ['order.*', 'invoice.sent']);
    await waitUntil(() => events.bound.size === 2);
    for (const type of ['user.created', 'invoice.sent', 'order.line.added', 'order.placed']) {
      events.commit(type);
      await events.streams.checkAll();
    }
    await waitUntil(() => watcher.seen.length === 2);
    expect(watcher.seen.map(({ type }) => type)).toEqual(['invoice.sent', 'order.placed']);
    watcher.stop();
    await watcher.ended;
  });

  it('tells at the next look what could not be read', async () => {
    const events = makeEvents();
    const readEvents = events.deps.readEvents.bind(events.deps);
    events.deps.readEvents = () => Promise.reject(new Error('the database is gone'));
    const watcher = watch(events.streams);
    await waitUntil(() => events.bound.size === 2);
    const id = events.commit();
    events.streams.heard(events.hint(id));
    await waitUntil(() => events.errors.length === 1);
    events.deps.readEvents = readEvents;
    await events.streams.checkAll();
    await waitUntil(() => watcher.seen.length === 1);
    expect(watcher.seen[0]?.id).toBe(id);
    watcher.stop();
    await watcher.ended;
  });

  it('ends with fell-behind for one who lets too many wait', async () => {
    const events = makeEvents();
    const watcher = watch(events.streams);
    await waitUntil(() => events.bound.size === 2);
    for (let n = 0; n <= 5000; n++) events.commit();
    await events.streams.checkAll();
    await watcher.ended;
    expect(watcher.fellBehind).toBe(true);
    expect(events.bound.size).toBe(0);
  });

  it('is nothing for a tenant that is not', async () => {
    const events = makeEvents({ slugOf: () => Promise.resolve(undefined) });
    await watch(events.streams).ended;
    expect(events.bound.size).toBe(0);
  });

  it('goes on for one when another, who came at the same moment, has gone before it was open', async () => {
    const events = makeEvents();
    const gone = new AbortController();
    const first = watch(events.streams, undefined, gone);
    const second = watch(events.streams);
    gone.abort();
    await first.ended;
    await waitUntil(() => events.bound.size === 2);
    const id = events.commit();
    events.streams.heard(events.hint(id));
    await waitUntil(() => second.seen.length === 1);
    expect(second.seen[0]?.id).toBe(id);
    second.stop();
    await second.ended;
    expect(events.bound.size).toBe(0);
  });
});
