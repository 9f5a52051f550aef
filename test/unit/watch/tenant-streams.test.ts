import type { DeliveryChange } from '../../../src/messages/delivery-change';
import { newId } from '../../../src/domain/ids';
import { makeTenantStreams, type TenantStreams } from '../../../src/watch/tenant-streams';
import { waitUntil } from '../../support/wait-until';
import { TENANT, makeChange } from '../made-up-tenant';
import { makeMadeUpLog } from './made-up-log';

async function join(streams: TenantStreams) {
  const joined = await streams.join(TENANT);
  if (!joined) throw new Error('no stream');
  return joined;
}

describe('the stream of a tenant', () => {
  it('begins where the log stands, and listens to that tenant alone', async () => {
    const log = makeMadeUpLog();
    log.commit();
    const { slug, ring } = await join(makeTenantStreams(log.deps));
    expect([slug, ring.last(), [...log.bound]]).toEqual(['acme', 1, ['acme.#']]);
  });

  it('listens before it looks where the log stands, or what happens in between would be lost', async () => {
    const order: string[] = [];
    const log = makeMadeUpLog({
      bind: () => void order.push('bind'),
      lastSeqs: () => {
        order.push('look');
        return Promise.resolve(new Map());
      },
    });
    await join(makeTenantStreams(log.deps));
    expect(order).toEqual(['bind', 'look']);
  });

  it('is there for no tenant that is not', async () => {
    const log = makeMadeUpLog();
    expect(await makeTenantStreams(log.deps).join(newId('tenant'))).toBeUndefined();
    expect(log.bound.size).toBe(0);
  });

  it('is one for all who watch, and ends with the last of them', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    const [one, two] = await Promise.all([join(streams), join(streams)]);
    const three = await join(streams);
    expect(new Set([one.ring, two.ring, three.ring]).size).toBe(1);
    one.release();
    two.release();
    expect(log.bound.size).toBe(1);
    three.release();
    expect(log.bound.size).toBe(0);
    expect((await join(streams)).ring).not.toBe(one.ring);
    expect(log.bound.size).toBe(1);
  });

  it('reads a page of the log once for all who ask for it at the same time', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    for (let i = 0; i < 5; i++) log.commit();
    const watches = await Promise.all([join(streams), join(streams), join(streams)]);
    const [first, second]: (DeliveryChange[] | undefined)[] = await Promise.all(
      watches.map((watch) => watch.readLog(2)),
    );
    expect(first?.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(second).toBe(first);
    expect(log.reads).toBe(1);
    await watches[0].readLog(2);
    expect(log.reads).toBe(2);
  });

  it('leaves nothing behind when it cannot be opened', async () => {
    const log = makeMadeUpLog({ lastSeqs: () => Promise.reject(new Error('the database is gone')) });
    const streams = makeTenantStreams(log.deps);
    await expect(streams.join(TENANT)).rejects.toThrow('the database is gone');
    expect(log.bound.size).toBe(0);
  });

  it('can be opened after it could not', async () => {
    const log = makeMadeUpLog();
    const lastSeqs = log.deps.lastSeqs.bind(log.deps);
    log.deps.lastSeqs = () => Promise.reject(new Error('the database is gone'));
    const streams = makeTenantStreams(log.deps);
    await expect(streams.join(TENANT)).rejects.toThrow();
    log.deps.lastSeqs = lastSeqs;
    expect((await join(streams)).ring.last()).toBe(0);
  });
});

describe('a status message', () => {
  it('is taken as it is while none is missing: the log is not read', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    const { ring } = await join(streams);
    for (let i = 0; i < 5; i++) streams.heard(log.commit());
    expect([ring.last(), log.reads]).toEqual([5, 0]);
  });

  it('of a tenant whom nobody watches is nothing', () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    expect(() => streams.heard(makeChange(1))).not.toThrow();
  });

  it('that overtook another waits for it: the log is not read', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    const { ring } = await join(streams);
    const [first, second] = [log.commit(), log.commit()];
    streams.heard(second);
    streams.heard(first);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect([ring.last(), log.reads]).toEqual([2, 0]);
  });

  it('before which one is lost has it read from the log', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    const { ring } = await join(streams);
    log.commit();
    streams.heard(log.commit());
    await waitUntil(() => ring.last() === 2);
    expect(ring.hasGap()).toBe(false);
  });
});

describe('asking the database now and then', () => {
  it('finds what no status message told, page after page', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    const { ring } = await join(streams);
    for (let i = 0; i < 1200; i++) log.commit();
    await streams.checkAll();
    await waitUntil(() => ring.last() === 1200);
    expect(log.reads).toBe(7);
  });

  it('goes past a number that the log does not have: it will never come', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    const { ring } = await join(streams);
    log.commit();
    const [, third] = [log.commit(), log.commit()];
    log.changes.splice(1, 1);
    log.deps.lastSeqs = (ids) => Promise.resolve(new Map(ids.map((id) => [id, 3])));
    await streams.checkAll();
    await waitUntil(() => ring.last() === third.seq);
    expect(ring.after(0)?.map(({ seq }) => seq)).toEqual([1, 3]);
  });

  it('asks nothing when nobody watches, and reads nothing when nothing is missing', async () => {
    const lastSeqs = jest.fn(() => Promise.resolve(new Map<string, number>()));
    const log = makeMadeUpLog({ lastSeqs });
    const streams = makeTenantStreams(log.deps);
    await streams.checkAll();
    expect(lastSeqs).not.toHaveBeenCalled();
    await join(streams);
    await streams.checkAll();
    expect(log.reads).toBe(0);
  });

  it('reads the log once at a time', async () => {
    const log = makeMadeUpLog();
    const streams = makeTenantStreams(log.deps);
    const { ring } = await join(streams);
    log.commit();
    await Promise.all([streams.checkAll(), streams.checkAll(), streams.checkAll()]);
    await waitUntil(() => ring.last() === 1);
    expect(log.reads).toBe(1);
  });

  it('tells when the log cannot be read, and reads it the next time', async () => {
    const log = makeMadeUpLog();
    const readLog = log.deps.readLog.bind(log.deps);
    log.deps.readLog = () => Promise.reject(new Error('the database is gone'));
    const streams = makeTenantStreams(log.deps);
    const { ring } = await join(streams);
    log.commit();
    await streams.checkAll();
    await waitUntil(() => log.errors.length === 1);
    log.deps.readLog = readLog;
    await streams.checkAll();
    await waitUntil(() => ring.last() === 1);
  });
});
