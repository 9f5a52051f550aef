import type { Endpoint } from '../../../src/domain/settings';
import { newId } from '../../../src/domain/ids';
import {
  makeEndpointStreams,
  type EndpointStreams,
  type EndpointWatchDeps,
} from '../../../src/watch/watch-endpoints';
import { waitUntil } from '../../support/wait-until';
import { TENANT } from '../made-up-tenant';

/** The endpoints of a tenant in memory, each with the version of the configuration that changed it last. */
function makeTenant(overrides: Partial<EndpointWatchDeps> = {}) {
  const rows = new Map<string, { endpoint: Endpoint; version: number }>();
  const tenant = { version: 1, looks: 0, reads: 0, errors: [] as unknown[] };
  const change = (id: string, changes: Partial<Endpoint>): number => {
    const endpoint = { ...(rows.get(id)?.endpoint ?? { id, deletedAt: null }), ...changes } as Endpoint;
    rows.set(id, { endpoint, version: ++tenant.version });
    return tenant.version;
  };
  const deps: EndpointWatchDeps = {
    versions(tenantIds) {
      tenant.looks++;
      return Promise.resolve(
        new Map(tenantIds.filter((id) => id === TENANT).map((id) => [id, tenant.version])),
      );
    },
    changedBetween(_tenantId, after, upTo) {
      tenant.reads++;
      const changed = [...rows.values()].filter(({ version }) => version > after && version <= upTo);
      return Promise.resolve(changed.map(({ endpoint }) => endpoint));
    },
    exists: (_tenantId, id) => Promise.resolve(rows.get(id)?.endpoint.deletedAt === null),
    onError: (error) => void tenant.errors.push(error),
    ...overrides,
  };
  return { tenant, change, deps, streams: makeEndpointStreams(deps) };
}

function watch(streams: EndpointStreams, endpointId?: string, tenantId = TENANT) {
  const gone = new AbortController();
  const seen: Endpoint[] = [];
  const request = { tenantId, signal: gone.signal, ...(endpointId === undefined ? {} : { endpointId }) };
  const ended = (async () => {
    for await (const endpoints of streams.watch(request)) seen.push(...endpoints);
  })();
  const stop = async (): Promise<void> => {
    gone.abort();
    await ended;
  };
  return { seen, names: () => seen.map(({ name }) => name), ended, stop };
}
/** Until those who watch have joined. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ONE = newId('endpoint');
const TWO = newId('endpoint');

describe('watching endpoints', () => {
  it('shows each as it is after a change, whether it is heard of or found by looking', async () => {
    const { streams, change } = makeTenant();
    const watcher = watch(streams);
    await settle();
    streams.heard(TENANT, change(ONE, { name: 'made' }));
    await waitUntil(() => watcher.seen.length === 1);
    change(ONE, { name: 'renamed' });
    await streams.checkAll();
    await waitUntil(() => watcher.seen.length === 2);
    expect(watcher.names()).toEqual(['made', 'renamed']);
    await watcher.stop();
  });

  it('shows nothing of what changed before', async () => {
    const { streams, change, tenant } = makeTenant();
    const version = change(ONE, { name: 'before' });
    const watcher = watch(streams);
    await settle();
    streams.heard(TENANT, version);
    await streams.checkAll();
    streams.heard(TENANT, change(TWO, { name: 'after' }));
    await waitUntil(() => watcher.seen.length === 1);
    expect([watcher.names(), tenant.reads]).toEqual([['after'], 1]);
    await watcher.stop();
  });

  it('shows, of several changes in a moment, the last', async () => {
    const { streams, change } = makeTenant();
    const watcher = watch(streams);
    await settle();
    for (const name of ['one', 'two', 'three']) streams.heard(TENANT, change(ONE, { name }));
    await waitUntil(() => watcher.seen.length > 0);
    streams.heard(TENANT, change(TWO, { name: 'another' }));
    await waitUntil(() => watcher.names().includes('another'));
    expect(watcher.names()).toEqual(['three', 'another']);
    await watcher.stop();
  });

  it('does not show one that is deleted, to those who watch all', async () => {
    const { streams, change } = makeTenant();
    const watcher = watch(streams);
    await settle();
    streams.heard(TENANT, change(ONE, { name: 'gone', deletedAt: new Date() }));
    streams.heard(TENANT, change(TWO, { name: 'there' }));
    await waitUntil(() => watcher.seen.length > 0);
    expect(watcher.names()).toEqual(['there']);
    await watcher.stop();
  });

  it('of one, shows that alone, and ends when it is deleted', async () => {
    const { streams, change } = makeTenant();
    change(ONE, { name: 'mine' });
    const watcher = watch(streams, ONE);
    await settle();
    streams.heard(TENANT, change(TWO, { name: 'not asked for' }));
    streams.heard(TENANT, change(ONE, { name: 'asked for' }));
    await waitUntil(() => watcher.seen.length === 1);
    streams.heard(TENANT, change(ONE, { deletedAt: new Date() }));
    await watcher.ended;
    expect(watcher.names()).toEqual(['asked for']);
  });

  it('ends at once for one that is not there, and for a tenant that is not', async () => {
    const { streams, change } = makeTenant();
    change(TWO, { deletedAt: new Date() });
    for (const watcher of [watch(streams, ONE), watch(streams, TWO), watch(streams, ONE, newId('tenant'))]) {
      await watcher.ended;
      expect(watcher.seen).toEqual([]);
    }
  });

  it('ends for one that is deleted while it is looked up', async () => {
    let deleted = false;
    const { streams, change, deps } = makeTenant();
    change(ONE, { name: 'there' });
    deps.exists = () => {
      deleted = true;
      streams.heard(TENANT, change(ONE, { deletedAt: new Date() }));
      return Promise.resolve(true);
    };
    const watcher = watch(streams, ONE);
    await watcher.ended;
    expect([deleted, watcher.seen]).toEqual([true, []]);
  });

  it('reads a change once for all who watch, and nothing for those who are gone', async () => {
    const { streams, change, tenant } = makeTenant();
    const watchers = [watch(streams), watch(streams), watch(streams)];
    await settle();
    streams.heard(TENANT, change(ONE, { name: 'made' }));
    await waitUntil(() => watchers.every(({ seen }) => seen.length === 1));
    expect(tenant.reads).toBe(1);
    await Promise.all(watchers.map(({ stop }) => stop()));
    const { looks } = tenant;
    streams.heard(TENANT, change(ONE, { name: 'unseen' }));
    await streams.checkAll();
    expect([tenant.reads, tenant.looks]).toEqual([1, looks]);
  });

  it('shows after the next hint what could not be read', async () => {
    const { streams, change, deps, tenant } = makeTenant();
    const changedBetween = deps.changedBetween.bind(deps);
    deps.changedBetween = () => Promise.reject(new Error('the database is gone'));
    const watcher = watch(streams);
    await settle();
    streams.heard(TENANT, change(ONE, { name: 'made' }));
    await waitUntil(() => tenant.errors.length === 1);
    deps.changedBetween = changedBetween;
    await streams.checkAll();
    await waitUntil(() => watcher.seen.length === 1);
    expect(watcher.names()).toEqual(['made']);
    await watcher.stop();
  });
});
