import fc from 'fast-check';
import type { DeliveryFilter } from '../../../src/domain/delivery/delivery-filter';
import { newId } from '../../../src/domain/ids';
import type { DeliveryChange } from '../../../src/messages/delivery-change';
import { makeTenantStreams } from '../../../src/watch/tenant-streams';
import { watchDeliveries } from '../../../src/watch/watch-deliveries';
import { waitUntil } from '../../support/wait-until';
import { TENANT } from '../made-up-tenant';
import { makeMadeUpLog } from './made-up-log';

const upTo = (end: number, from = 1): number[] => Array.from({ length: end - from + 1 }, (_, i) => from + i);

interface Watcher {
  seen: DeliveryChange[];
  seqs(): number[];
  ended: Promise<void>;
  stop(): Promise<void>;
}

interface Asked {
  afterSeq?: number;
  filter?: DeliveryFilter;
  tenantId?: string;
  /** How many turns of the event loop the client takes for each piece. */
  pace?: (count: number) => Promise<void>;
}

function watch(streams: ReturnType<typeof makeTenantStreams>, asked: Asked = {}): Watcher {
  const { afterSeq, filter = {}, tenantId = TENANT, pace } = asked;
  const gone = new AbortController();
  const seen: DeliveryChange[] = [];
  const request = { tenantId, filter, signal: gone.signal, ...(afterSeq === undefined ? {} : { afterSeq }) };
  const ended = (async () => {
    for await (const changes of watchDeliveries(streams, request)) {
      seen.push(...changes);
      await pace?.(seen.length);
    }
  })();
  return {
    seen,
    seqs: () => seen.map(({ seq }) => seq),
    ended,
    stop: async () => {
      gone.abort();
      await ended;
    },
  };
}

describe('watching deliveries', () => {
  it('begins with what comes from now on', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    log.commit();
    const watcher = watch(streams);
    await waitUntil(() => log.bound.size === 1);
    await new Promise((resolve) => setImmediate(resolve));
    streams.heard(log.commit());
    await waitUntil(() => watcher.seen.length === 1);
    expect(watcher.seqs()).toEqual([2]);
    await watcher.stop();
  });

  it('goes on after the last change that the client has seen', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    for (let i = 0; i < 450; i++) log.commit();
    const watcher = watch(streams, { afterSeq: 7 });
    await waitUntil(() => watcher.seen.length === 443);
    streams.heard(log.commit());
    await waitUntil(() => watcher.seen.length === 444);
    expect(watcher.seqs()).toEqual(upTo(451, 8));
    await watcher.stop();
  });

  it('leaves out what the filter leaves out, and still has its place', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    for (const status of ['DELIVERED', 'RETRYING', 'DELIVERED'] as const) log.commit({ status });
    const watcher = watch(streams, { afterSeq: 0, filter: { status: ['RETRYING'] } });
    await waitUntil(() => watcher.seen.length === 1);
    streams.heard(log.commit({ status: 'RETRYING' }));
    await waitUntil(() => watcher.seen.length === 2);
    expect(watcher.seqs()).toEqual([2, 4]);
    await watcher.stop();
  });

  it('ends at once for a tenant that is not there', async () => {
    const log = makeMadeUpLog();
    const watcher = watch(makeTenantStreams(log.deps), { tenantId: newId('tenant') });
    await watcher.stop();
    expect(watcher.seen).toEqual([]);
  });

  it('stops listening when the client goes', async () => {
    const log = makeMadeUpLog();
    const watcher = watch(makeTenantStreams(log.deps));
    await waitUntil(() => log.bound.size === 1);
    await watcher.stop();
    expect(log.bound.size).toBe(0);
  });

  it('stops listening when the log cannot be read', async () => {
    const log = makeMadeUpLog({ readLog: () => Promise.reject(new Error('the database is gone')) });
    log.commit();
    const watcher = watch(makeTenantStreams(log.deps), { afterSeq: 0 });
    await expect(watcher.ended).rejects.toThrow('the database is gone');
    expect(log.bound.size).toBe(0);
  });

  it('goes on from what there is when retention has taken what the client asks for', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    for (let i = 0; i < 10; i++) log.commit();
    const readLog = log.deps.readLog.bind(log.deps);
    log.deps.readLog = async (...args) => (await readLog(...args)).filter(({ seq }) => seq > 10);
    const watcher = watch(streams, { afterSeq: 0 });
    await waitUntil(() => log.reads > 0);
    await new Promise((resolve) => setImmediate(resolve));
    streams.heard(log.commit());
    await waitUntil(() => watcher.seen.length === 1);
    expect(watcher.seqs()).toEqual([11]);
    await watcher.stop();
  });

  it('misses nothing that comes while it finds that retention has taken what it asks for', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    for (let i = 0; i < 10; i++) log.commit();
    let told = false;
    log.deps.readLog = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      // Committed and told just after the log was read.
      if (!told) streams.heard(log.commit());
      told = true;
      return [];
    };
    const watcher = watch(streams, { afterSeq: 0 });
    await waitUntil(() => watcher.seen.length === 1);
    expect(watcher.seqs()).toEqual([11]);
    await watcher.stop();
  });

  it('costs a slow client time, never a change', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => (release = resolve));
    const watcher = watch(streams, {
      afterSeq: 0,
      pace: () => stuck,
    });
    await waitUntil(() => log.bound.size === 1);
    for (let i = 0; i < 9000; i++) streams.heard(log.commit());
    await waitUntil(() => watcher.seen.length > 0);
    for (let i = 0; i < 9000; i++) streams.heard(log.commit());
    release();
    await waitUntil(() => watcher.seen.length === 18_000);
    expect(watcher.seqs()).toEqual(upTo(18_000));
    await watcher.stop();
  });
});

type Step =
  { kind: 'commit'; fate: 'told' | 'lost' | 'late' | 'twice' } | { kind: 'tell late' } | { kind: 'turn' };

describe('watching deliveries while status messages are lost, late, doubled or out of order', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('commit' as const),
        fate: fc.constantFrom('told', 'lost', 'late', 'twice'),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'tell late' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'turn' as const }) },
  );

  it('has no gap, no repeat and no disorder, from any place on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(15),
        fc.nat(15),
        fc.array(step, { maxLength: 60 }),
        fc.nat(3),
        async (before, place, steps, slow) => {
          const log = makeMadeUpLog();
          const streams = makeTenantStreams(log.deps);
          for (let i = 0; i < before; i++) log.commit();
          const afterSeq = Math.min(before, place);
          const turns = async (): Promise<void> => {
            for (let i = 0; i < slow; i++) await new Promise((resolve) => setImmediate(resolve));
          };
          const watcher = watch(streams, { afterSeq, pace: turns });
          const late: DeliveryChange[] = [];
          for (const { kind, ...rest } of steps) {
            if (kind === 'turn') await new Promise((resolve) => setImmediate(resolve));
            else if (kind === 'tell late')
              late
                .splice(0)
                .reverse()
                .forEach((change) => streams.heard(change));
            else {
              const change = log.commit();
              const fate = 'fate' in rest ? rest.fate : 'told';
              if (fate === 'late') late.push(change);
              if (fate === 'told' || fate === 'twice') streams.heard(change);
              if (fate === 'twice') streams.heard(change);
            }
          }
          await streams.checkAll();
          const expected = log.changes.length - afterSeq;
          await waitUntil(async () => {
            await streams.checkAll();
            return watcher.seen.length >= expected;
          });
          await watcher.stop();
          expect(watcher.seqs()).toEqual(upTo(log.changes.length, afterSeq + 1));
        },
      ),
      { numRuns: 100 },
    );
  });
});
